export * from "./configuration.ts";
export * from "./types.ts";
export { founded, joining, start, type StartOptions, type State } from "./state.ts";
export { nextDeadline_ms, step } from "./step.ts";
export { Driver, type Outcome, type Ports, type TableCopy } from "./driver.ts";
export { type Command, Sessions } from "./sessions.ts";
