import { expect, test } from "vitest";
import { parseBrowserOptions } from "./options.ts";

test("nothing has to be said, and what is not known is refused by its name", () => {
  expect(parseBrowserOptions({})).toEqual({
    timeout: 30,
    trace: "on-failure",
    headlessShell: true,
    pageErrors: "fail",
    isolated: true,
  });
  expect(() => parseBrowserOptions({ traces: "off" })).toThrow(/traces/);
});

test("whoever wants a video is told that there is none, and what there is", () => {
  expect(() => parseBrowserOptions({ video: "on-failure" })).toThrow(/videos are not recorded; the trace .* holds pictures/);
});
