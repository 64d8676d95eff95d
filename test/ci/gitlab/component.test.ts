import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { createProject, type GitlabProject } from "./pipeline.ts";

const root = join(import.meta.dirname, "../../..");

function created(inputs: string): GitlabProject {
  const project = createProject();
  onTestFinished(() => project.remove());
  project.write(
    ".gitlab-ci.yml",
    `include:\n  - component: $CI_SERVER_FQDN/shardwright/shardwright/worker@9.9.9\n    inputs: ${inputs}\n`,
  );
  return project;
}

async function preview(inputs: string) {
  const pipeline = created(inputs).pipeline({ args: ["--preview"] });
  return { code: await pipeline.exited, output: pipeline.output() };
}

test("GitLab's schema accepts the component with its defaults, and its inputs refuse what they are not for", async () => {
  const plain = await preview("{}");
  expect(plain).toMatchObject({ code: 0, output: expect.stringContaining("json schema validated") as string });
  expect(plain.output).toContain("parallel: 4");
  for (const wrong of ["{ parallel: many }", "{ version: newest }"]) expect((await preview(wrong)).code).not.toBe(0);
});

test.each(["run", "worker"])("the component %s starts the version that it is released with", (name) => {
  const { version } = JSON.parse(readFileSync(join(root, "packages/cli/package.json"), "utf8")) as { version: string };
  const [header] = parseAllDocuments(readFileSync(join(root, `gitlab/templates/${name}.yml`), "utf8"));
  expect(header?.toJSON()).toMatchObject({ spec: { inputs: { version: { default: version } } } });
});
