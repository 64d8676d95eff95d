import { expect, test } from "vitest";
import type { SurveyedBrowser } from "./survey.ts";
import { firstUsable } from "./usable.ts";

const surveyed = (kind: string, executable: string, started: boolean) =>
  ({ browser: { kind, executable }, result: { started } }) as unknown as SurveyedBrowser;

test("of each kind the first that starts is the one", () => {
  const all = [
    surveyed("chromium", "/broken", false),
    surveyed("chromium", "/good", true),
    surveyed("firefox", "/fox", true),
    surveyed("chromium", "/other", true),
    surveyed("edge", "/edge", false),
  ];
  expect(firstUsable(all).map(({ browser }) => browser.executable)).toEqual(["/good", "/fox"]);
});
