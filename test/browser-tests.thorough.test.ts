import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { testIn } from "../packages/browsers/src/testing/real-browsers.ts";
import { configuration, runProject } from "./browser-project.ts";

const webgpu = `import { test } from "@shardwright/browsers/test";
const code = \`
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { b[id.x] = 2.0 * a[id.x] + 1.0; }\`;
test("computes on the GPU", async ({ device, compute, expect, args }) => {
  expect(args).toMatchObject({ model: "tiny", fast: true });
  const a = Float32Array.from({ length: 128 }, (_, index) => index / 8);
  const { output } = await device.benchmark("double", { code, inputs: [a], outputLength: 128, workgroups: [2], operations: 256 });
  expect([...output]).toEqual([...a].map((value) => 2 * value + 1));
  compute("doubled", output.subarray(0, 3));
});
`;

const dimensionsIn = (browser: string) => ({
  browser,
  version: expect.any(String),
  adapter: expect.stringMatching(/^(?:soft|hard)ware$/),
});

for (const kind of ["chromium", "firefox"])
  testIn(
    kind,
    "a module drives a page and computes with WebGPU, and what it measured is in the report",
    async () => {
      const { code, output, attempts, cases } = await runProject(
        {
          "gpu.browser.ts": webgpu,
          "page.browser.mjs": `export default async ({ page, expect, runsIn }) => {
            await page.goto("./site/index.html");
            expect(await page.textContent("h1")).toBe("Hello from TypeScript");
            expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
            expect((await page.goto("/.env")).status()).toBe(404);
            expect(runsIn.kind).toBe("${kind}");
          };`,
          "site/index.html": `<h1></h1><script type="module" src="./main.ts"></script>`,
          "site/main.ts": `const text: string = "Hello from TypeScript"; document.querySelector("h1")!.textContent = text;`,
          ".env": "TOKEN=1",
          "shardwright.config.json": configuration({ args: ["--browser", kind, "--model", "tiny", "--fast"] }),
        },
        ["--test-pattern", "*.browser.{ts,mjs}"],
      );
      expect(code, output).toBe(0);
      const [computed] = cases("gpu.browser.ts");
      expect(computed?.computed).toEqual([expect.objectContaining({ name: "doubled", values: [1, 1.25, 1.5] })]);
      const names = computed?.metrics?.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(["double.compile", "double.first", "double.run", "double.gpu", "double.throughput"]),
      );
      expect(attempts("gpu.browser.ts")[0]?.metrics).toEqual([
        expect.objectContaining({ name: "memory.processes", unit: "bytes", dimensions: dimensionsIn(kind) }),
      ]);
      expect(attempts("gpu.browser.ts")[0]?.metrics?.[0]?.value).toBeGreaterThan(50 * 1024 ** 2);
      const run = computed?.metrics?.find(({ name }) => name === "double.run");
      expect(run?.replicates).toHaveLength(10);
      expect(run?.dimensions).toEqual(dimensionsIn(kind));
    },
    300_000,
  );

testIn(
  "chromium",
  "a failure leaves a picture and a trace, an error in the page fails its case, and one that hangs is ended",
  async () => {
    const { code, output, attempts, cases, folder } = await runProject({
      "wrong.browser.mjs": `export default async ({ page, expect }) => {
        await page.setContent("<h1>Hi</h1><script>console.warn('careful')</script>");
        expect(await page.textContent("h1")).toBe("Bye");
      };`,
      "thrown.browser.mjs": `export default async ({ page }) => {
        await page.evaluate(() => { setTimeout(() => { throw new Error("nobody catches me"); }); return new Promise((done) => setTimeout(done, 100)); });
      };`,
      "hangs.browser.mjs": `import { test } from "@shardwright/browsers/test";
        test("never ends", async ({ page }) => { await page.evaluate(() => { for (;;); }); }, { timeout: 2 });
        test("goes on", async ({ page, expect }) => { expect(await page.evaluate("1 + 1")).toBe(2); });`,
      "broken.browser.mjs": `throw new Error("cannot be loaded");`,
      "shardwright.config.json": configuration({}),
    });
    expect(code, output).toBe(1);
    expect(cases("wrong.browser.mjs")).toMatchObject([{ status: "failed", message: expect.stringContaining("to be 'Bye'") }]);
    const [wrong] = attempts("wrong.browser.mjs");
    expect(wrong?.artifacts?.map(({ path }) => path).sort()).toEqual([
      expect.stringMatching(/wrong\.png$/),
      expect.stringMatching(/wrong\.trace\.zip$/),
    ]);
    const picture = readFileSync(
      join(folder, "shardwright-report", wrong?.artifacts?.find(({ path }) => path?.endsWith("png"))?.path ?? ""),
    );
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    const trace = join(folder, "shardwright-report", wrong?.artifacts?.find(({ path }) => path?.endsWith("zip"))?.path ?? "");
    // Names in an archive stand in it as they are: it has pictures of the page as the case went on.
    expect(readFileSync(trace).toString("latin1")).toMatch(/screencast\/page@\S+\.jpeg/);
    expect(cases("thrown.browser.mjs")).toMatchObject([{ status: "failed", message: "nobody catches me" }]);
    expect(cases("hangs.browser.mjs")).toMatchObject([
      { path: ["never ends"], status: "failed", message: "The test ran longer than 2 s." },
      { path: ["goes on"], status: "passed" },
    ]);
    expect(attempts("hangs.browser.mjs")[0]?.failure?.kind).toBe("test-timeout");
    expect(attempts("broken.browser.mjs")[0]?.failure).toMatchObject({
      kind: "setup-error",
      message: expect.stringContaining("cannot be loaded"),
    });
  },
  300_000,
);

testIn(
  "chromium",
  "a page is a test by itself, and a browser that dies is no failure of the test",
  async () => {
    const { code, output, attempts, cases } = await runProject({
      "own.browser.html": `<!doctype html><script>
        shardwright.test("measures", async () => { await shardwright.measure("work", () => {}, { repetitions: 20 }); });
        shardwright.test("fails", () => { throw new Error("as it should"); });
      </script>`,
      "promise.browser.html": `<!doctype html><script>window.result = Promise.resolve("done");</script>`,
      "dies.browser.mjs": `export default async ({ page }) => { await page.goto("chrome://crash"); };`,
      "shardwright.config.json": configuration({}),
    });
    expect(code, output).not.toBe(0);
    expect(cases("own.browser.html")).toMatchObject([
      { path: ["measures"], status: "passed" },
      { path: ["fails"], status: "failed", message: "as it should" },
    ]);
    expect(cases("own.browser.html")[0]?.metrics?.map(({ name }) => name)).toEqual(["work", "work.p90", "work.p95"]);
    expect(cases("promise.browser.html")).toMatchObject([{ path: ["promise"], status: "passed" }]);
    expect(attempts("dies.browser.mjs")[0]).toMatchObject({ status: "errored", failure: { kind: "browser-crash" } });
  },
  300_000,
);

test("arguments that are none are refused before anything runs", async () => {
  const { code, output } = await runProject({ "a.browser.mjs": "export default () => {};" }, ["--test-args", "--platform cuda"]);
  expect(code, output).not.toBe(0);
  expect(output).toMatch(/--platform takes webgpu, webnn, webgl, wasm/);
});

testIn(
  "chromium",
  "of two browsers of a kind tests are given the one that starts, and which it was is what the worker offers",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "shardwright-broken-browser-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const broken = join(folder, "chromium");
    writeFileSync(broken, '#!/bin/sh\n[ "$1" = --version ] && echo "Chromium 999.0.1.2" && exit 0\nexit 3\n', { mode: 0o755 });
    const module = `export default async ({ runsIn, expect }) => { expect(runsIn.version).not.toBe("999.0.1.2"); };`;
    for (const args of [[], ["--worker-processes"], ["--test-args", "--browser chromium"]]) {
      const { code, output } = await runProject({ "a.browser.mjs": module }, ["--browser-pool-size", "1", ...args], {
        SHARDWRIGHT_BROWSERS: broken,
      });
      expect(code, output).toBe(0);
    }
  },
  300_000,
);
