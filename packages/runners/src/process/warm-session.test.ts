import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ChildExit } from "./child.ts";
import { readJsonLines } from "./json-lines.ts";
import { WarmSession } from "./warm-session.ts";

let folder: string;
let session: WarmSession | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardwright-warm-"));
});
afterEach(async () => {
  await session?.close("now");
  session = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A session whose process ends by `end` and has `say(message)` and runs this body for each `request` it is sent. */
function open(body: string, end = "process.exit(0);", closeGrace_ms?: number): WarmSession {
  const program = `
    const { existsSync, watch, writeSync } = require("node:fs");
    const say = (message) => writeSync(4, JSON.stringify(message) + "\\n");
    const end = () => { ${end} };
    const lines = require("node:readline").createInterface({ input: new (require("node:net").Socket)({ fd: 3 }) });
    lines.on("line", async (line) => { const request = JSON.parse(line); if (request.type === "exit") return end(); ${body} });`;
  const environment = { ...process.env } as Record<string, string>;
  session = new WarmSession({ command: process.execPath, args: ["-e", program], cwd: folder, environment }, { closeGrace_ms });
  return session;
}

const until = (file: string) => `await new Promise((go) => {
  const look = () => { if (existsSync("${file}")) { watcher.close(); go(); } };
  const watcher = watch(".", look);
  look();
});`;

test("what is read before the news that a task has started is that task's", async () => {
  const target = open(`
    writeSync(1, "printed by " + request.file);
    ${until("go")}
    say({ type: "started", id: request.id });
    say({ type: "finished", id: request.id, result: { outcome: "passed" } });`);
  const seen: string[] = [];
  for await (const event of target.execute([{ id: 7, file: "a", args: [] }])) {
    seen.push(event.type === "output" ? `${event.id}: ${Buffer.from(event.chunk).toString()}` : event.type);
    if (event.type === "output") await writeFile(join(folder, "go"), "");
  }
  expect(seen).toEqual(["7: printed by a", "started", "finished"]);
});

test("what was printed before a task has finished is that task's, although it is read a turn of the loop later", async () => {
  const fromChild = new PassThrough();
  const toChild = new PassThrough();
  let print: (text: string) => void = () => {};
  let end: (exit: ChildExit) => void = () => {};
  session = new WarmSession((onOutput) => {
    print = (text) => onOutput(Buffer.from(text), "stdout");
    const exited = new Promise<ChildExit>((resolve) => (end = resolve));
    const stop = () => {
      end({ code: 0, signal: null });
      return exited;
    };
    return { pid: undefined, toChild, fromChild, exited, stop };
  });
  readJsonLines(
    toChild,
    (request) => {
      const { id } = request as { id: number };
      fromChild.write(`${JSON.stringify({ type: "started", id })}\n`);
      fromChild.write(`${JSON.stringify({ type: "finished", id, result: { outcome: "passed" } })}\n`);
      // The message is being dealt with, and the next thing to be read is this.
      setImmediate(() => print(`said by ${id}`));
    },
    () => {},
  );
  const tasks = [1, 2].map((id) => ({ id, file: "a", args: [] }));
  const said: string[] = [];
  for await (const event of session.execute(tasks))
    if (event.type === "output") said.push(`${event.id}: ${Buffer.from(event.chunk).toString()}`);
  expect(said).toEqual(["1: said by 1", "2: said by 2"]);
});

test("what was set up for all files is torn down although it takes a while", async () => {
  const say = `say({ type: "started", id: request.id }); say({ type: "finished", id: request.id, result: { outcome: "passed" } });`;
  const slow = open(say, `setTimeout(() => { require("node:fs").writeFileSync("torn down", ""); process.exit(0); }, 2500);`);
  for await (const _ of slow.execute([{ id: 0, file: "a", args: [] }]));
  expect(await slow.close("graceful")).toBeUndefined();
  expect(await readdir(folder)).toEqual(["torn down"]);
});

const passes = `say({ type: "started", id: request.id }); say({ type: "finished", id: request.id, result: { outcome: "passed" } });`;

test.each([
  ["says what failed", `say({ type: "closed", failure: "no database left" }); process.exit(0);`, /^no database left$/],
  ["exits with a code", `writeSync(2, "my last words"); process.exit(3);`, /exited with code 3 [^]*my last words/],
  ["is killed", `process.kill(process.pid, "SIGKILL");`, /was ended by SIGKILL/],
  ["hangs", `setInterval(() => {}, 60_000);`, /within 0.05 s, and was ended by force/, 50],
])("a process that %s when it is to put all in order is told of", async (_what, end, words, closeGrace_ms?) => {
  const target = open(passes, end, closeGrace_ms);
  for await (const _ of target.execute([{ id: 0, file: "a", args: [] }]));
  const failure = await target.close("graceful");
  expect(failure).toEqual({ kind: "setup-error", message: expect.stringMatching(words) });
  expect(await target.close("now")).toEqual(failure);
});

test("a process that leaves by its own will is told of when the session is closed", async () => {
  const leaves = `say({ type: "retire" }); ${passes} say({ type: "closed", failure: "no database left" }); process.exit(1);`;
  const target = open(leaves);
  for await (const _ of target.execute([{ id: 0, file: "a", args: [] }]));
  expect(await target.close("graceful")).toEqual({ kind: "setup-error", message: "no database left" });
});

test("a process that exits with a code while it waits for files is told of; one that is killed then has lost nothing", async () => {
  const [exits, killed] = [open(`${passes} process.exit(4);`), open(`${passes} process.kill(process.pid, "SIGKILL");`)];
  for (const target of [exits, killed]) {
    for await (const _ of target.execute([{ id: 0, file: "a", args: [] }]));
    await expect.poll(() => target.usable).toBe(false);
  }
  expect(await exits.close("graceful")).toEqual({ kind: "setup-error", message: expect.stringContaining("exited with code 4") });
  expect(await killed.close("graceful")).toBeUndefined();
});

test("a process that cannot begin to serve has nothing to put in order, so nothing is told of its end", async () => {
  const target = open("", `say({ type: "fatal", kind: "setup-error", message: "no configuration" }); process.exit(1);`);
  expect(await target.close("graceful")).toBeUndefined();
});

test.each<[string, string, string, "graceful" | "now"]>([
  ["ended by force", passes, "process.exit(1);", "now"],
  ["whose task ended it", `say({ type: "started", id: request.id }); process.exit(1);`, "", "graceful"],
])("nothing is told at the end of a process %s", async (_what, body, end, mode) => {
  const target = open(body, end);
  for await (const _ of target.execute([{ id: 0, file: "a", args: [] }]));
  expect(await target.close(mode)).toBeUndefined();
});

test("a measurement that is not finite is told of and costs nothing else", async () => {
  const target = open(`
    const metric = (name, value) => ({ name, value, unit: "ms", better: "lower" });
    say({ type: "started", id: request.id });
    say({ type: "case", id: request.id, result: { path: ["a"], status: "passed", duration_ms: 1, metrics: [metric("good", 2), metric("bad", 0 / 0)] } });
    say({ type: "finished", id: request.id, result: { outcome: "passed" } });`);
  const events = [];
  for await (const event of target.execute([{ id: 1, file: "a", args: [] }])) events.push(event);
  expect(events).toMatchObject([
    { type: "started" },
    {
      type: "case",
      result: { metrics: [{ name: "good", value: 2 }] },
      dropped: ['the metric "bad": value: not a finite number'],
    },
    { type: "finished", result: { outcome: "passed" } },
  ]);
});
