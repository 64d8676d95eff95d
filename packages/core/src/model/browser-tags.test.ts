import { expect, test } from "vitest";
import { boundToBrowsers, browserInWords, browsersIn, needsBrowser, tagsOfBrowser } from "./browser-tags.ts";

test("what a browser can do is asked of the browser that is named, and of no other one", () => {
  expect(boundToBrowsers(["webgpu", "browser:firefox", "cuda", "webnn:gpu", "codec:h264"])).toEqual([
    "firefox:webgpu",
    "browser:firefox",
    "cuda",
    "firefox:webnn:gpu",
    "firefox:codec:h264",
  ]);
  expect(boundToBrowsers(["webgpu", "cuda"])).toEqual(["webgpu", "cuda"]);
  expect(boundToBrowsers(["browser:edge", "browser:chrome", "webgl2"])).toEqual([
    "browser:edge",
    "browser:chrome",
    "edge:webgl2",
    "chrome:webgl2",
  ]);
  expect(browsersIn(["browser:edge", "webgpu"])).toEqual(["edge"]);
});

test("knows what only a browser can offer", () => {
  for (const tag of ["browser:edge", "webgpu", "webgpu:hardware", "firefox:webgpu", "webnn:npu", "webgl2"])
    expect(needsBrowser({ tags: [tag] }), tag).toBe(true);
  for (const tag of ["cuda", "gpu", "node", "team:web", "webgpus"]) expect(needsBrowser({ tags: [tag] }), tag).toBe(false);
  expect(needsBrowser({})).toBe(false);
});

test("says of a browser what it was to have", () => {
  const tags = ["browser:firefox", "firefox:webgpu", "chrome:webnn", "firefox:codec:h264"];
  expect(tagsOfBrowser({ tags }, "firefox")).toEqual(["browser:firefox", "firefox:webgpu", "firefox:codec:h264"]);
  expect(browserInWords(tags, "firefox")).toBe("firefox with webgpu and codec:h264");
  expect(browserInWords(["browser:edge"], "edge")).toBe("edge");
});
