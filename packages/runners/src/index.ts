export * from "./runner.ts";
export * from "./process/child.ts";
