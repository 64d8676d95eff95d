import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { SessionOptions } from "../runner.ts";
import type { JestSuite } from "./base.ts";
import { requireFramework } from "../installed.ts";
import { jestPackage } from "./installed.ts";
import { callFor, expandVariables } from "./manifest-script.ts";
import { parseJestOptions } from "./options.ts";

/**
 * What the options of a suite come to, with what the project's own script says where they are silent.
 * @throws ShardwrightError `config-invalid`, `framework-missing`
 */
export async function readSuite({ options, environment, ...location }: SessionOptions): Promise<JestSuite> {
  const given = parseJestOptions(options);
  // Jest resolves links, so that paths can only be compared after we have too.
  const workspace = await realpath(location.workspace);
  const directory = await realpath(join(location.workspace, location.directory));
  requireFramework(jestPackage, directory);
  const isTold = given.args !== undefined || given.config !== undefined || given.projects !== undefined;
  const script = await callFor(directory, isTold);
  const expand = (text: string) => expandVariables(text, environment);
  const own = given.environment ?? script?.environment ?? {};
  return {
    workspace,
    directory,
    nodeArgs: script?.nodeArgs ?? [],
    args: given.args ?? (script?.args ?? []).map(expand).filter((text) => text !== ""),
    config: given.config,
    projects: given.projects,
    coverage: given.coverage,
    environment: {
      ...environment,
      ...Object.fromEntries(
        Object.entries(own).map(([name, value]) => [name, given.environment === undefined ? expand(value) : value]),
      ),
    },
  };
}
