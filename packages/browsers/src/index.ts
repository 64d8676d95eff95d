export type * from "./browser.ts";
export * from "./launch/launcher.ts";
export * from "./launch/unusable.ts";
