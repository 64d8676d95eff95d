import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { RunReport } from "@shardwright/core";
import { testIn } from "../packages/browsers/src/testing/real-browsers.ts";
import { runToEnd } from "./processes.ts";

/** Ends the GPU's process with SIGKILL while a case computes on it, the first time; the second time it is let alone. */
function moduleThat(computes: string): string {
  return `import { appendFileSync, readFileSync } from "node:fs";
import { test } from "@shardwright/browsers/test";

test("computes", async ({ page, browser, expect }) => {
  const client = await browser.newBrowserCDPSession();
  const { processInfo } = await client.send("SystemInfo.getProcessInfo");
  const { id } = processInfo.find(({ type }) => type === "browser");
  appendFileSync("browsers.txt", id + "\\n");
  const isFirst = readFileSync("browsers.txt", "utf8").trim().split("\\n").length === 1;
  await page.exposeFunction("onDevice", async () => {
    if (!isFirst) return;
    const { processInfo } = await client.send("SystemInfo.getProcessInfo");
    process.kill(processInfo.find(({ type }) => type === "GPU").id, "SIGKILL");
  });
  expect(await page.evaluate(${computes}, isFirst)).toBe(42);
});
`;
}

const viaLibrary = `async (isFirst) => {
  const { device } = await shardwright.requestDevice();
  await onDevice();
  if (isFirst) await new Promise(() => {});
  device.destroy();
  return 42;
}`;

/** As pages and their libraries do that know nothing of us: all that is seen is what the browser answers them. */
const byItself = `async (isFirst) => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const read = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  await onDevice();
  for (let turn = 0; isFirst || turn < 1; turn += 1) {
    device.queue.writeBuffer(read, 0, Uint32Array.of(42));
    await read.mapAsync(GPUMapMode.READ);
    const [answer] = new Uint32Array(read.getMappedRange().slice(0));
    read.unmap();
    if (!isFirst) return answer;
  }
}`;

for (const [how, computes] of Object.entries({ "asked for through us": viaLibrary, "the page's own": byItself }))
  testIn(
    "chromium",
    `a GPU process that is killed under a device, ${how}, is a crash of the browser, and the test runs again in another`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "shardwright-gpu-process-"));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
      writeFileSync(join(folder, "gpu.browser.mjs"), moduleThat(computes));
      const args = ["run", "--runner", "browser", "--workers", "1", "--max-retries", "0", "--test-args", "--browser chromium"];
      const { code, output } = await runToEnd(args, { cwd: folder, environment: { SHARDWRIGHT_DETECT_BROWSERS: "true" } });
      const report = JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8")) as RunReport;
      const [lost, next, ...others] = report.tasks[0]?.attempts ?? [];
      expect(lost, output).toMatchObject({
        status: "errored",
        failure: { kind: "browser-crash", message: expect.stringContaining("(GPU process lost)") },
      });
      expect(next, output).toMatchObject({ status: "passed" });
      expect(others).toEqual([]);
      expect(code, output).toBe(0);
      const browsers = readFileSync(join(folder, "browsers.txt"), "utf8").trim().split("\n");
      expect(new Set(browsers).size).toBe(2);
    },
    120_000,
  );
