import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { startChild } from "./child.ts";

const environment = { PATH: process.env["PATH"] ?? "" };
const isWindows = process.platform === "win32";

test.skipIf(isWindows)("both streams of a merged child come as one, in the order of writing", async () => {
  const chunks: string[] = [];
  const script = "for i in 1 2 3 4 5 6 7 8 9; do echo out $i; echo err $i >&2; done; exit 3";
  const child = startChild({
    command: "sh",
    args: ["-c", script],
    cwd: tmpdir(),
    environment,
    merged: true,
    onOutput: (chunk) => chunks.push(Buffer.from(chunk).toString()),
  });
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(chunks.join("")).toBe([1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `out ${number}\nerr ${number}\n`).join(""));
});

test.skipIf(isWindows)("a guarded child does not outlive the process that started it, killed as it may be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-guard-"));
  try {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const script = join(folder, "parent.mjs");
    const source = `import { startChild } from ${JSON.stringify(join(import.meta.dirname, "child.ts"))};
const start = (script) =>
  startChild({ command: "sh", args: ["-c", script], cwd: "/", environment: process.env, guarded: true, onOutput: () => {} });
await start("true").exited;
start("exec 9>${pipe}; trap '' TERM HUP; echo one >&9; while :; do sleep 1; done");
start("exec 9>${pipe}; echo two >&9; sleep 3600");
process.stdout.write("started");
`;
    await writeFile(script, source);
    const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    const started = once(parent.stdout, "data");
    const gone = once(parent, "exit");
    // The pipe ends when nobody is left who could write to it.
    const written = createReadStream(pipe, "utf8");
    const ended = once(written, "end");
    let text = "";
    for await (const line of createInterface(written)) {
      text += line;
      if (text.length < 6) continue;
      await started;
      parent.kill("SIGKILL");
    }
    await ended;
    expect(["onetwo", "twoone"]).toContain(text);
    expect(await gone).toEqual([null, "SIGKILL"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
