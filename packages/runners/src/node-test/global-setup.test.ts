import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunnerSession } from "../runner.ts";
import { runIn } from "../testing/test-folder.ts";
import { nodeTestRunner } from "./runner.ts";

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:NODE_OPTIONS|VITEST.*|TEST|NODE_ENV)$/.test(name)),
) as Record<string, string>;

let workspace: string;
let sessions: RunnerSession[] = [];

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "shardwright-shared-setup-"));
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close("now")));
  await rm(workspace, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(workspace, name), text);
}

async function open(slot: number): Promise<RunnerSession> {
  const own = { ...environment, SHARDWRIGHT_RUN_ID: "r-1", SHARDWRIGHT_SLOT: String(slot) };
  const options = { args: ["--test-global-setup=./setup.mjs"] };
  const session = await nodeTestRunner.open({ workspace, directory: ".", options, environment: own });
  sessions.push(session);
  return session;
}

const log = async () => (await readFile(join(workspace, "log"), "utf8").catch(() => "")).split("\n").filter(Boolean);

test("what holds a port is set up once for all slots, and torn down after the last", async () => {
  await write({
    "setup.mjs": `import { createServer } from "node:http"; import { appendFileSync } from "node:fs";
let server;
export async function globalSetup() {
  server = createServer((_, response) => response.end("here"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.PORT_OF_ALL = String(server.address().port);
  console.log("it listens");
  appendFileSync("log", "up\\n");
}
export function globalTeardown() { appendFileSync("log", "down\\n"); server.close(); }`,
    ...Object.fromEntries(
      ["a", "b", "c", "d"].map((name) => [
        `${name}.test.mjs`,
        `import { test } from "node:test"; import assert from "node:assert";
test("asks", async () => assert.equal(await (await fetch("http://127.0.0.1:" + process.env.PORT_OF_ALL)).text(), "here"));`,
      ]),
    ),
  });
  const [first, second] = [await open(0), await open(1)];
  const ran = (await Promise.all([runIn(first, "a.test.mjs", "b.test.mjs"), runIn(second, "c.test.mjs", "d.test.mjs")])).flat();
  expect(ran.map(({ result }) => result)).toEqual(Array.from({ length: 4 }, () => ({ outcome: "passed" })));
  expect(ran.filter(({ printed }) => printed.includes("it listens"))).toHaveLength(1);
  expect(await first.close("graceful")).toBeUndefined();
  expect(await log()).toEqual(["up"]);
  expect(await second.close("graceful")).toBeUndefined();
  expect(await log()).toEqual(["up", "down"]);
});

test("where it fails no file runs, and the next one tries anew; what cannot be torn down is told at the end", async () => {
  await write({
    "setup.mjs": `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
export function globalSetup() { if (existsSync("tried")) return; writeFileSync("tried", ""); throw new Error("the database starts"); }
export function globalTeardown() { appendFileSync("log", "down\\n"); throw new Error("the database would not stop"); }`,
    "a.test.mjs": `import { test } from "node:test"; test("a", () => {});`,
  });
  const session = await open(0);
  const [refused] = await runIn(session, "a.test.mjs");
  expect(refused).toMatchObject({
    cases: [],
    result: { outcome: "errored", failure: { kind: "setup-error", message: expect.stringContaining("the database starts") } },
  });
  const [ran] = await runIn(session, "a.test.mjs");
  expect(ran?.result?.outcome).toBe("passed");
  expect(await session.close("graceful")).toMatchObject({
    kind: "setup-error",
    message: expect.stringContaining("the database would not stop"),
  });
  // What was not set up well is not torn down.
  expect(await log()).toEqual(["down"]);
});
