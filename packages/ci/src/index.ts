export * from "./environment.ts";
export * from "./log.ts";
