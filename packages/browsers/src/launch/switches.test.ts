import { expect, test } from "vitest";
import { chromiumSwitches, startedWith } from "./switches.ts";

test("all features are in one switch, Playwright's own among them", () => {
  const switches = chromiumSwitches({
    webNn: true,
    softwareWebGpu: true,
    switches: ["--use-angle=vulkan", "--enable-features=Vulkan,,Other", "--enable-features=Vulkan"],
  });
  expect(switches.filter((text) => text.startsWith("--enable-features="))).toEqual([
    "--enable-features=CDPScreenshotNewSurface,WebMachineLearningNeuralNetwork,Vulkan,Other",
  ]);
  expect(switches).toEqual(expect.arrayContaining(["--use-webgpu-adapter=swiftshader", "--use-angle=vulkan"]));
  expect(chromiumSwitches({})).not.toContain("--use-webgpu-adapter=swiftshader");
});

test("what a browser can do is known for the way in which it was started", () => {
  const ways = [{}, { headed: true }, { webNn: true }, { softwareWebGpu: true }, { switches: ["--disable-gpu"] }];
  expect(new Set(ways.map((options) => startedWith("chromium", options))).size).toBe(ways.length);
  expect(startedWith("firefox", {})).not.toBe(startedWith("firefox", { headed: true }));
});
