import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunReport } from "@shardwright/core";
import { realBrowser } from "../packages/browsers/src/testing/real-browsers.ts";
import { runToEnd } from "./processes.ts";

const example = join(import.meta.dirname, "..", "examples", "browsers-onnx");
let folder: string;
/** Why ONNX Runtime could not be installed. */
let missing: string | undefined;

// As its README has it; what the example's own folder has installed is left alone.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-onnx-"));
  cpSync(example, folder, { recursive: true, filter: (path) => !/^(?:node_modules|shardwright-report)$/.test(basename(path)) });
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"];
  const installed = spawnSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    timeout: 240_000,
    shell: process.platform === "win32",
  });
  if (installed.status === 0) return;
  missing = installed.stderr.trim() || String(installed.error);
  // Without a network there is nothing to test; anything else is wrong with the example.
  if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT/.test(missing)) throw new Error(missing);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

test.for(["chromium", "firefox"])(
  "a model computes the same on WebAssembly and on WebGPU, which is really used, in %s",
  { timeout: 240_000 },
  async (kind, context) => {
    realBrowser(context, kind);
    if (missing !== undefined) context.skip(`onnxruntime-web could not be fetched from the registry of npm: ${missing}`);
    const args = ["run", "--runner", "browser", "--workers", "1", "--max-retries", "0", "--test-args", `--browser ${kind}`];
    const { code, output } = await runToEnd(args, { cwd: folder });
    expect(code, output).toBe(0);
    const report = JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8")) as RunReport;
    const cases = report.tasks.flatMap(({ attempts }) => attempts).flatMap((attempt) => attempt.cases);
    expect(cases.map(({ path, status }) => [path.join(" "), status])).toEqual([
      ["computes on wasm what JavaScript computes", "passed"],
      ["computes on webgpu what JavaScript computes", "passed"],
    ]);
    const metric = (name: string) =>
      cases.flatMap(({ metrics = [] }) => metrics).find((each) => each.name === `perceptron.${name}`);
    expect(metric("wasm.dispatches")?.value).toBe(0);
    expect(metric("webgpu.dispatches")?.value).toBeGreaterThanOrEqual(1);
    expect(metric("webgpu.run")).toMatchObject({
      unit: "ms",
      dimensions: { browser: kind, adapter: expect.stringMatching(/^(?:soft|hard)ware$/) },
    });
    expect(metric("webgpu.run")?.replicates).toHaveLength(10);
    for (const { computed } of cases) expect(computed).toMatchObject([{ name: "perceptron", tolerance: { absolute: 1e-5 } }]);
  },
);
