import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { runToEnd } from "../processes.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write } = useSuite();
const hook = pathToFileURL(join(import.meta.dirname, "loaded-packages.mjs")).href;

/** The packages of others that the command line's own process loads. */
async function loadedBy(...args: string[]): Promise<string[]> {
  const list = join(folder(), "loaded.json");
  const environment = { NODE_OPTIONS: `--import=${hook}`, LOADED_PACKAGES: list };
  const { code, output } = await runToEnd(args, { cwd: folder(), environment });
  expect(code, output).toBe(0);
  return JSON.parse(readFileSync(list, "utf8")) as string[];
}

/** What any command needs to read its command line and its configuration. */
const always = ["ci-info", "commander", "picocolors", "zod"];

// Each package costs the start of every command some milliseconds; one more here wants a reason.
test("a command that needs nothing loads nothing beside what reads its command line", async () => {
  expect((await loadedBy("--version")).filter((name) => !always.includes(name))).toEqual([]);
});

/** What a coordinator is made of: its API, its tables, its log; and the client of its workers. */
const coordinator = ["@hono/node-server", "drizzle-orm", "hono", "pino", "undici"];
const ofPino =
  "@pinojs/redact atomic-sleep on-exit-leak-free pino-std-serializers quick-format-unescaped safe-stable-stringify sonic-boom thread-stream";

test("a local run loads what it deals with, and nothing that only a fleet needs: identities, metrics, mail, traces", async () => {
  write("a.test.js", testOf(""));
  const loaded = await loadedBy("run", "--workers", "1", "--report-formats", "json");
  const known = [...always, ...coordinator, ...ofPino.split(" ")];
  expect(loaded.filter((name) => !known.includes(name))).toEqual([]);
});
