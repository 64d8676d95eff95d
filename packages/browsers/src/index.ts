export type * from "./browser.ts";
export { detectBrowsers, type Detection, type RejectedProgram } from "./detection/detect.ts";
export { playwrightLauncher } from "./launch/launcher.ts";
export { browserTitle, unusable, unusableReason } from "./launch/unusable.ts";
