export type * from "./browser.ts";
