import { expect, test } from "vitest";
import { unusable, unusableReason } from "./unusable.ts";

const log = "Browser logs:\n\n<launching> /x --a\n<launched> pid=7\n";

test.each([
  [
    "browser.newContext: Protocol error (emulation.setMediaFeaturesOverride): unknown command emulation.setMediaFeaturesOverride",
    /^this version of it and this version of Playwright do not fit \(Protocol error \(emulation/,
  ],
  [
    "browserType.launch: Timeout 4000ms exceeded.\nCall log:\n\u001B[2m  - <launching> /usr/bin/firefox",
    /could not be driven within 4 s$/,
  ],
  [
    `browserType.launch: Failed\n${log}║ Looks like you launched a headed browser without having a XServer running. ║`,
    /no display$/,
  ],
  ["browserType.launch: Failed to launch chromium because executable doesn't exist at /nope", /^the program is not there$/],
  ["browserType.launch: spawn /x EACCES", /^the program may not be executed$/],
  [
    `Failed\n${log}[pid=7] <process did exit: exitCode=1, signal=null>\n[pid=7][err] no profile`,
    /ended at once, with exit code 1: no profile$/,
  ],
  [`Failed\n${log}[pid=7] <process did exit: exitCode=null, signal=SIGSEGV>`, /ended at once, by SIGSEGV$/],
  [
    `Failed\n${log}[pid=7][err] /x: error while loading shared libraries: libnss3.so: cannot open`,
    /does not start: error while loading.*libnss3/,
  ],
])("says in plain words why: %#", (message, reason) => {
  expect(unusableReason(new Error(message))).toMatch(reason);
});

test("names the browser and its program, once", () => {
  const browser = { kind: "edge", engine: "chromium", channel: "stable", version: "156.0", executable: "/opt/msedge" } as const;
  const error = unusable(browser, new Error("browserType.launch: spawn /x EACCES"));
  expect(error.message).toBe("Edge 156.0 (/opt/msedge) cannot be used: the program may not be executed");
  expect(unusable(browser, error)).toBe(error);
});
