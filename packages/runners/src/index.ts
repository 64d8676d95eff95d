export * from "./runner.ts";
export * from "./built-in.ts";
export { commandRunner } from "./command/runner.ts";
export { splitWords } from "./command/split-command.ts";
export { nodeTestRunner } from "./node-test/runner.ts";
export * from "./process/child.ts";
export { WarmSession, type HostMessage } from "./process/warm-session.ts";
export { pytestRunner } from "./pytest/runner.ts";
export { vitestRunner } from "./vitest/runner.ts";
