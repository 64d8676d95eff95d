import { commandRunner } from "./command/runner.ts";
import { goRunner } from "./go/runner.ts";
import { jestRunner } from "./jest/runner.ts";
import { nodeTestRunner } from "./node-test/runner.ts";
import { mochaRunner } from "./mocha/runner.ts";
import { playwrightRunner } from "./playwright/runner.ts";
import { pytestRunner } from "./pytest/runner.ts";
import type { Runner } from "./runner.ts";
import { vitestRunner } from "./vitest/runner.ts";

/** The runners that come with Shardwright, in the order in which they are asked whether a suite is theirs. */
export const builtInRunners: readonly Runner[] = [
  vitestRunner,
  jestRunner,
  nodeTestRunner,
  mochaRunner,
  playwrightRunner,
  pytestRunner,
  goRunner,
  commandRunner,
];
