import { taskKey, type Runner } from "@shardwright/runners";
import { expect, test } from "vitest";
import { inBrowsers } from "./fan-out.ts";
import { readNeeds } from "./requirements.ts";

const runner = (takesBrowser: boolean) => ({ capabilities: { title: "T", takesBrowser } }) as unknown as Runner;
const files = [{ file: "a.js" }, { file: "b.js", variant: "x" }];

test("each file becomes a task for each browser, with a key of its own", () => {
  const { browsers, requirements } = readNeeds({ browsers: ["chrome", "edge"], os: "linux" }, ["cuda"]);
  expect(requirements).toEqual({ os: "linux", tags: ["cuda"] });
  const made = inBrowsers(files, { browsers, requirements, name: "s" }, runner(true));
  expect(made.map((file) => [taskKey("s", file), file.browser])).toEqual([
    ["s:a.js#chrome", "chrome"],
    ["s:a.js#edge", "edge"],
    ["s:b.js#x chrome", "chrome"],
    ["s:b.js#x edge", "edge"],
  ]);
  expect(() => inBrowsers(files, { browsers, requirements, name: "s" }, runner(false))).toThrow(
    "The tests of s cannot be run in several browsers: T is not told in which.",
  );
});

test("a single browser stays a requirement, and says where to run for those who can be told", () => {
  const { browsers, requirements } = readNeeds({ browser: "firefox" }, undefined);
  expect(browsers).toBeUndefined();
  expect(requirements).toEqual({ tags: ["browser:firefox"] });
  expect(inBrowsers(files, { browsers, requirements, name: "s" }, runner(false))).toEqual(files);
  expect(inBrowsers(files, { browsers, requirements, name: "s" }, runner(true))[0]).toEqual({ file: "a.js", browser: "firefox" });
});

test.each([
  [{ browsers: [] }],
  [{ browsers: ["Firefox"] }],
  [{ browsers: "firefox" }],
  [{ browser: "firefox", browsers: ["edge"] }],
])("refuses %j", (json) => {
  expect(() => readNeeds(json, undefined)).toThrow(/--requirements: browsers/);
});
