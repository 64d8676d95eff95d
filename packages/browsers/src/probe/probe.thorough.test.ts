import { chmod, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { detectBrowsers } from "../detection/detect.ts";
import { playwrightLauncher } from "../launch/launcher.ts";
import { browserOffers } from "../offers.ts";
import { testIn } from "../testing/real-browsers.ts";
import { probeBrowser } from "./probe.ts";
import { surveyBrowsers } from "./survey.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-probe-"));
});
afterEach(() => rm(folder, { recursive: true }));

testIn("chromium", "computes and says what it can do", async (browser) => {
  const result = await probeBrowser(browser);
  if (!result.started) return expect.unreachable(result.reason);
  const { webgpu, webnn, webgl2, wasm } = result.capabilities;
  expect(webgpu).toMatchObject({ available: true });
  if (webgpu.available) expect(webgpu.limits["maxComputeInvocationsPerWorkgroup"]).toBeGreaterThanOrEqual(128);
  expect(webgl2).toMatchObject({ available: true, renderer: expect.stringMatching(/./) });
  expect(wasm).toEqual({ simd: { available: true }, threads: { available: true } });
  for (const device of Object.values(webnn)) if (!device.available) expect(device.reason).toMatch(/WebNN|ml/);
  const { tags } = browserOffers([{ browser, result }]);
  expect(tags).toEqual(expect.arrayContaining(["browser:chromium", "webgpu", "chromium:webgpu", "chromium:wasm-simd"]));
});

testIn("chromium", "is told as one without WebGPU and WebGL where there is no renderer, and why", async (browser) => {
  const result = await probeBrowser(browser, { switches: ["--disable-gpu", "--disable-software-rasterizer"] });
  expect(result).toMatchObject({
    started: true,
    capabilities: {
      webgpu: { available: false, reason: expect.stringMatching(/^no adapter/) },
      webgl2: { available: false, reason: expect.stringMatching(/./) },
    },
  });
  const { tags } = browserOffers([{ browser, result }]);
  expect(tags).toContain("browser:chromium");
  expect(tags.filter((tag) => /webgpu|webgl/.test(tag))).toEqual([]);
});

testIn("chromium", "a part that crashes its page costs that part alone", async (browser) => {
  // This switch has the renderer crash when it is asked for WebNN.
  const result = await probeBrowser(browser, { switches: ["--enable-blink-features=MachineLearningNeuralNetwork"] });
  if (!result.started) return expect.unreachable(result.reason);
  const { webnn, wasm, codecs } = result.capabilities;
  expect(webnn.cpu.available).toBe(false);
  expect(wasm.simd.available).toBe(true);
  expect(codecs.length).toBeGreaterThan(0);
});

testIn("firefox", "computes and says what it can do", async (browser) => {
  const result = await probeBrowser(browser);
  if (!result.started) return expect.unreachable(result.reason);
  expect(result.capabilities.wasm).toEqual({ simd: { available: true }, threads: { available: true } });
  expect(result.capabilities.webnn.cpu).toEqual({ available: false, reason: "it has no navigator.ml" });
  const { webgpu } = result.capabilities;
  if (!webgpu.available) expect(webgpu.reason).toMatch(/./);
  expect(browserOffers([{ browser, result }]).tags).toContain("browser:firefox");
});

testIn("firefox", "that is started as a Chromium is ended, and said to be unusable", async ({ executable }) => {
  const wrong = { kind: "chromium", engine: "chromium", channel: "stable", version: "1.0", executable } as const;
  const result = await probeBrowser(wrong, { startTimeout_ms: 3000 });
  expect(result).toEqual({ started: false, reason: "it was started, and could not be driven within 3 s" });
});

testIn("chromium", "an answer that nobody waits for any more ends the browser as soon as it has started", async (browser) => {
  const script = join(folder, "browser");
  await writeFile(script, `#!/bin/sh\necho $$ > ${folder}/pid\nexec ${browser.executable} "$@"\n`, { mode: 0o755 });
  const controller = new AbortController();
  const { signal } = controller;
  const starting = playwrightLauncher.launch({ ...browser, executable: script }, { timeout_ms: 30_000, signal });
  starting.catch(() => {});
  const pid = await vi.waitUntil(() => readFile(join(folder, "pid"), "utf8").catch(() => ""), { timeout: 30_000 });
  controller.abort(new Error("enough"));
  await expect(starting).rejects.toThrow("enough");
  await vi.waitUntil(() => isOver(Number(pid)), { timeout: 30_000 });
});

test.runIf(process.platform !== "win32")("a program that is no browser is said to be none", async () => {
  const wrong = { kind: "firefox", engine: "firefox", channel: "stable", version: "1.0", executable: "/bin/true" } as const;
  expect(await probeBrowser(wrong)).toEqual({ started: false, reason: "its program ended at once, with exit code 0" });
});

testIn("chromium", "a link in Edge's place is no Edge", async ({ executable }) => {
  const link = join(folder, "msedge");
  await symlink(executable, link);
  const { browsers, rejected } = await detectBrowsers({ environment: { PATH: "", SHARDWRIGHT_BROWSERS: `edge=${link}` } });
  expect(browsers.map(({ kind }) => kind)).not.toContain("edge");
  expect(rejected[0]?.reason).toMatch(/^it was to be edge, and says that it is Chromium/);
});

testIn("chromium", "is started once, and again when its program or its version has changed", async (browser) => {
  // The real one behind a script, whose time and version can be changed.
  const script = join(folder, "browser");
  const write = async (version: string) => {
    await writeFile(
      script,
      `#!/bin/sh\necho >> ${folder}/starts\n[ "$1" = --version ] && { echo "Microsoft Edge ${version}"; exit; }\necho $$ > ${folder}/run-$$\nexec ${browser.executable} "$@"\n`,
    );
    await chmod(script, 0o755);
    await utimes(script, 1_700_000_000, 1_700_000_000);
  };
  const starts = async () => (await readdir(folder)).filter((name) => name.startsWith("run-")).length;
  const survey = async () => {
    const { browsers } = await surveyBrowsers({
      environment: { PATH: "", SHARDWRIGHT_BROWSERS: `edge=${script}` },
      cacheFolder: join(folder, "cache"),
    });
    return browsers.find(({ browser: { kind } }) => kind === "edge");
  };
  await write("156.0.1");
  expect(await survey()).toMatchObject({ browser: { version: "156.0.1" }, result: { started: true } });
  expect(await survey()).toMatchObject({ browser: { version: "156.0.1" }, result: { started: true } });
  expect(await starts()).toBe(1);
  await write("156.0.2");
  expect(await survey()).toMatchObject({ browser: { version: "156.0.2" } });
  expect(await starts()).toBe(2);
  await utimes(script, 1_700_000_001, 1_700_000_001);
  await survey();
  expect(await starts()).toBe(3);
});

function isOver(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
