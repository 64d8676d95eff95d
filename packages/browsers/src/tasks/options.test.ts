import { expect, test } from "vitest";
import { parseBrowserOptions } from "./options.ts";

test("nothing has to be said, and what is not known is refused by its name", () => {
  expect(parseBrowserOptions({})).toEqual({
    timeout: 30,
    trace: "on-failure",
    video: "off",
    headlessShell: true,
    pageErrors: "fail",
    isolated: true,
  });
  expect(() => parseBrowserOptions({ traces: "off" })).toThrow(/traces/);
});
