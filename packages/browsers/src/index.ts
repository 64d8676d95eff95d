export type * from "./browser.ts";
export { detectBrowsers, type Detection, type RejectedProgram } from "./detection/detect.ts";
export { playwrightLauncher } from "./launch/launcher.ts";
export { browserTitle, unusable, unusableReason } from "./launch/unusable.ts";
export { abilities, browserOffers, webGpuInWords, type BrowserOffers } from "./offers.ts";
export { webNnDevices, type BrowserCapabilities, type ProbeResult, type WebNnDevice } from "./probe/capabilities.ts";
export { probeBrowser, type ProbeOptions } from "./probe/probe.ts";
export { probedWith, surveyBrowsers, type Survey, type SurveyedBrowser, type SurveyOptions } from "./probe/survey.ts";
