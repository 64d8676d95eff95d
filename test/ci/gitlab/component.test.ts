import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { createProject } from "./pipeline.ts";

const root = join(import.meta.dirname, "../../..");

test.skipIf(process.platform === "win32")("GitLab's schema accepts the component with its defaults", async () => {
  const project = createProject();
  onTestFinished(() => project.remove());
  project.write(".gitlab-ci.yml", "include:\n  - component: $CI_SERVER_FQDN/shardwright/shardwright/worker@9.9.9\n");
  const pipeline = project.pipeline({ args: ["--preview"] });
  expect(await pipeline.exited).toBe(0);
  expect(pipeline.output()).toContain("json schema validated");
  expect(pipeline.output()).toContain("parallel: 4");
});

test.each(["run", "worker"])("the component %s starts the version that it is released with", (name) => {
  const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")) as { version: string };
  const [header] = parseAllDocuments(readFileSync(join(root, `gitlab/templates/${name}.yml`), "utf8"));
  expect(header?.toJSON()).toMatchObject({ spec: { inputs: { version: { default: version } } } });
});
