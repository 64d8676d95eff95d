import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runReportSchema } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { start, until, type Started } from "./processes.ts";

let folder: string;
let started: Started;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-signals-"));
});
afterEach(async () => {
  started.child.kill("SIGKILL");
  await started.exited;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A framework that needs forever to list its tests. */
function endlessListing(body: string): void {
  write(
    "shardwright.config.mjs",
    `import { writeFileSync } from "node:fs";
const runner = {
  name: "endless",
  capabilities: { title: "Endless" },
  detect: async () => "it says so",
  discover: ({ signal }) => new Promise((resolve, reject) => { writeFileSync("listing", ""); ${body} }),
  open: async () => { throw new Error("never"); },
};
export default { plugins: [{ name: "endless", version: "1.0.0", setup: (api) => api.runner(runner) }] };\n`,
  );
}

/** Windows has no signals: `kill` ends a process there and then. */
const withoutSignals = process.platform === "win32";

const heedsSignal =
  "const timer = setTimeout(resolve, 3_600_000); signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason); });";

test.skipIf(withoutSignals).each([
  ["SIGINT", "is deaf to it", ""],
  ["SIGTERM", "ends at once", heedsSignal],
  ["SIGHUP", "ends at once", heedsSignal],
] as const)("%s while tests are listed ends it there, by a framework that %s", async (signal, _what, body) => {
  endlessListing(body);
  started = start(["run", "--runner", "endless"], { cwd: folder });
  await until("the listing", async () => existsSync(join(folder, "listing")));
  started.child.kill(signal);
  expect(await started.exited).toBe(4);
  expect(started.output()).toContain("Stopped by a signal before anything was run");
  expect(existsSync(join(folder, "shardwright-report"))).toBe(false);
});

test("what is wrong with the state is said at once, not when the tests are listed", async () => {
  endlessListing(heedsSignal);
  write(".shardwright/state/ledger.db", "no database, but long enough to be taken for one".repeat(1000));
  started = start(["run", "--runner", "endless"], { cwd: folder });
  expect(await started.exited).toBe(3);
  expect(started.output()).toContain("is damaged");
});

test.skipIf(withoutSignals)("a closed terminal cancels the run, and its report is written", async () => {
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write(
    "a.test.js",
    'import test from "node:test";\ntest("slow", () => new Promise((resolve) => setTimeout(resolve, 600_000)));\n',
  );
  started = start(["run", "--workers", "1"], { cwd: folder });
  await until("the run", async () => started.output().includes("1 test file"));
  for (const stream of [started.child.stdout, started.child.stderr]) stream?.destroy();
  started.child.kill("SIGHUP");
  expect(await started.exited).toBe(4);
  const report = JSON.parse(readFileSync(join(folder, "shardwright-report", "report.json"), "utf8")) as unknown;
  expect(runReportSchema.parse(report).verdict).toBe("cancelled");
});
