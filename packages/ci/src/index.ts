export * from "./environment.ts";
export * from "./http/polite-fetch.ts";
export * from "./log.ts";
export * from "./provider.ts";
export * from "./publishing/channel.ts";
export * from "./publishing/cut.ts";
export * from "./publishing/publication.ts";
export * from "./publishing/publish.ts";
