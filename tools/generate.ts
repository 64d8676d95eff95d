/**
 * Writes every page that is made from code: the errors, the command line, the matrices, what templates take, the API and the report's schema.
 * With `--check` it writes nothing and fails when one is stale.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { reportJsonSchema } from "@shardwright/core";
import { openApiDocument } from "@shardwright/server";
import { actionNames, withActionTables } from "./pages/actions.ts";
import { withAzureParameters } from "./pages/azure.ts";
import { withCiMatrix } from "./pages/ci.ts";
import { cliPage } from "./pages/cli.ts";
import { errorsPage } from "./pages/errors.ts";
import { withComponentInputs } from "./pages/gitlab.ts";
import { withHookTable } from "./pages/hooks.ts";
import { jenkinsCatalog, withJenkinsParameters } from "./pages/jenkins.ts";
import { withRunnerMatrix } from "./pages/runners.ts";

const root = join(import.meta.dirname, "..");
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const textOf = (path: string) => readFileSync(join(root, path), "utf8");
const readme = textOf("README.md");
const components = { run: textOf("gitlab/templates/run.yml"), worker: textOf("gitlab/templates/worker.yml") };

const pages: Record<string, string> = {
  "docs/errors.md": errorsPage(),
  "docs/cli.md": cliPage(),
  "docs/reference/openapi.json": json(openApiDocument()),
  "docs/reference/report.schema.json": json(reportJsonSchema()),
  "docs/writing-a-plugin.md": withHookTable(readFileSync(join(root, "docs", "writing-a-plugin.md"), "utf8")),
  "README.md": withRunnerMatrix(readme),
  ...Object.fromEntries(
    actionNames.map((name) => {
      const path = `actions/${name}/README.md`;
      return [path, withActionTables(readFileSync(join(root, path), "utf8"), join(root, "actions", name))];
    }),
  ),
  "azure/README.md": withAzureParameters(readFileSync(join(root, "azure", "README.md"), "utf8")),
  "gitlab/README.md": withComponentInputs(textOf("gitlab/README.md"), components),
  "docs/ci/README.md": withCiMatrix(textOf("docs/ci/README.md")),
  "jenkins/README.md": withJenkinsParameters(textOf("jenkins/README.md")),
  "jenkins/src/io/shardwright/Catalog.groovy": jenkinsCatalog(),
};

const check = process.argv.includes("--check");
const stale = Object.entries(pages).filter(([path, content]) => {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, "utf8") !== content;
});
for (const [path, content] of stale) {
  if (check) {
    console.error(`${path} is stale: run \`pnpm generate\`.`);
    continue;
  }
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  console.log(`wrote ${path}`);
}
const assets = spawnSync(process.execPath, [join(root, "tools", "embed-report-assets.ts"), ...(check ? ["--check"] : [])], {
  stdio: "inherit",
});
process.exitCode = (check && stale.length > 0) || assets.status !== 0 ? 1 : 0;
