import { join } from "node:path";
import type { SessionOptions, TypedCommand } from "../runner.ts";
import { callFor } from "./manifest-script.ts";
import { parseJestOptions } from "./options.ts";

/** Options that take the next word as their value. */
const valued =
  /^(?:-c|-w|--(?:config|rootDir|testTimeout|maxWorkers|testEnvironment|setupFiles|setupFilesAfterEnv|env|preset|moduleNameMapper|transform|roots))$/;
/** Options that are nothing without the words that follow them, which choose tests. */
const choosing =
  /^--(?:selectProjects|ignoreProjects|projects|testPathPatterns?|testPathIgnorePatterns|testMatch|testRegex|filter)$/;
/** What is for a run as a whole, or chooses tests. */
const forTheRun =
  /^(?:-t|-o|-b|--(?:watch|coverage|shard|bail|ci|json|outputFile|onlyChanged|changedSince|findRelatedTests|testNamePattern|runTestsByPath|passWithNoTests|silent).*)$/;

/** With the arguments and variables of the project's own script, without the tests that it names. */
export async function typedJest({ workspace, directory, options }: SessionOptions): Promise<TypedCommand> {
  const given = parseJestOptions(options);
  const script = await callFor(join(workspace, directory), true);
  const { nodeArgs = [], args: own = [] } = script ?? {};
  const args = given.args ?? own;
  const kept = args.filter((word, index) =>
    word.startsWith("-") ? !forTheRun.test(word) && !choosing.test(word) : valued.test(args[index - 1] ?? ""),
  );
  const program = nodeArgs.length === 0 ? ["npx", "jest"] : ["node", ...nodeArgs, "node_modules/jest/bin/jest.js"];
  const config = given.config === undefined ? [] : ["--config", given.config];
  return { words: [...program, ...kept, ...config], environment: given.environment ?? script?.environment ?? {} };
}
