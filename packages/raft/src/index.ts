export * from "./configuration.ts";
export * from "./types.ts";
export { founded, joining, start, type StartOptions, type State } from "./state.ts";
export { nextDeadline_ms, step } from "./step.ts";
export { Driver, type Ports, type TableCopy } from "./driver.ts";
export type { Outcome } from "./pending-proposals.ts";
export { type Command, Sessions } from "./sessions.ts";
