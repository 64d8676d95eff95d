import { expect, test } from "vitest";
import { parseTestArguments } from "./task-arguments.ts";

test("words are arguments by name, and bind the task to a browser and what it needs", () => {
  const words = ["--platform", "webgpu", "--browser", "firefox", "--model", "whisper-tiny", "--optimize-audio"];
  expect(parseTestArguments(words)).toEqual({
    args: { platform: "webgpu", browser: "firefox", model: "whisper-tiny", optimizeAudio: true },
    browser: "firefox",
    tags: ["firefox:webgpu"],
  });
  expect(parseTestArguments(["--platform", "webgpu"]).tags).toEqual(["webgpu"]);
});

test.each([
  [["--batch=4", "--no-cache", "--fast"], { batch: "4", cache: false, fast: true }],
  [["--size", "1", "--size=2", "--size", "3"], { size: ["1", "2", "3"] }],
  [["one", "--threads", "-1", "--", "--two"], { threads: "-1", _: ["one", "--two"] }],
  [["--no-cache=x"], { noCache: "x" }],
  [["--__proto__", "x"], { _: ["--__proto__", "x"] }],
  [[], {}],
])("%j", (words, args) => {
  expect(parseTestArguments(words).args).toEqual(args);
  expect(parseTestArguments(words)).toMatchObject({ browser: undefined, tags: [] });
});

test.each([[["--browser"]], [["--browser", "Fire Fox"]], [["--platform", "cuda"]], [["--platform"]]])(
  "%j is refused",
  (words) => {
    expect(() => parseTestArguments(words)).toThrow(/takes/);
  },
);

test("WebAssembly needs nothing of a worker", () => {
  expect(parseTestArguments(["--platform", "wasm"]).tags).toEqual([]);
});
