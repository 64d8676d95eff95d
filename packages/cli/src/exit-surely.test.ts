import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const exitSurely = new URL("exit-surely.ts", import.meta.url);

test.skipIf(process.platform === "win32")("a thread that waits for a disk for ever does not keep the process", async () => {
  const folder = mkdtempSync(join(tmpdir(), "exit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  // Nobody ever writes to the pipe: opening it waits inside the system, where no thread can be ended.
  const thread = `require("node:worker_threads").parentPort.postMessage("waits"); require("node:fs").openSync(${JSON.stringify(pipe)}, "r");`;
  const script = `import { Worker } from "node:worker_threads";
    import { exitSurely } from ${JSON.stringify(exitSurely.href)};
    process.on("exit", () => console.log("told"));
    new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [] }).once("message", () => exitSurely(3));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  expect(await once(child, "close")).toEqual([3, null]);
  expect(output).toBe("told\n");
});
