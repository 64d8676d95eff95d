import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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
function open(body: string, end = "process.exit(0);"): WarmSession {
  const program = `
    const { existsSync, watch, writeSync } = require("node:fs");
    const say = (message) => writeSync(4, JSON.stringify(message) + "\\n");
    const end = () => { ${end} };
    const lines = require("node:readline").createInterface({ input: new (require("node:net").Socket)({ fd: 3 }) });
    lines.on("line", async (line) => { const request = JSON.parse(line); if (request.type === "exit") return end(); ${body} });`;
  const environment = { ...process.env } as Record<string, string>;
  session = new WarmSession({ command: process.execPath, args: ["-e", program], cwd: folder, environment });
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

test("what was set up for all files is torn down although it takes a while", async () => {
  const say = `say({ type: "started", id: request.id }); say({ type: "finished", id: request.id, result: { outcome: "passed" } });`;
  const slow = open(say, `setTimeout(() => { require("node:fs").writeFileSync("torn down", ""); process.exit(0); }, 2500);`);
  for await (const _ of slow.execute([{ id: 0, file: "a", args: [] }]));
  await slow.close("graceful");
  expect(await readdir(folder)).toEqual(["torn down"]);
});
