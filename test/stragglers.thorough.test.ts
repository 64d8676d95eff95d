import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunReport, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./cli/fleet.ts";
import { runToEnd, until } from "./processes.ts";

const forEver_ms = 3_600_000;
/** Longer than it takes until a straggler of a known duration is duplicated in a folder that all workers share, which is ten seconds. */
const long_ms = 14_000;

/** Takes long where it is begun first; where it is begun once more, only until it may go on. */
const straggler = (first_ms: number) => `
  let isFirst = true;
  try {
    writeFileSync(join(import.meta.dirname, "begun"), String(process.pid), { flag: "wx" });
  } catch {
    isFirst = false;
    writeFileSync(join(import.meta.dirname, "begun-again"), "");
  }
  if (isFirst) await new Promise((resolve) => setTimeout(resolve, ${first_ms}));
  while (!isFirst && !existsSync(join(import.meta.dirname, "go"))) await new Promise((resolve) => setTimeout(resolve, 20));
`;
const imports = `import { existsSync, writeFileSync } from "node:fs";\nimport { join } from "node:path";\n`;

interface Checkout {
  readonly folder: string;
  readonly write: (file: string, text: string) => void;
  readonly has: (file: string) => boolean;
  readonly report: () => RunReport;
  readonly junit: () => string;
}

/** A checkout with one test file: a straggler. */
function checkout(first_ms: number): Checkout {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-stragglers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const read = (file: string) => readFileSync(join(folder, "shardwright-report", file), "utf8");
  write("package.json", JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  write("slow.test.js", `import test from "node:test";\n${imports}test("works", async () => {${straggler(first_ms)}});\n`);
  return {
    folder,
    write,
    has: (file) => existsSync(join(folder, file)),
    report: () => runReportSchema.parse(JSON.parse(read("report.json"))),
    junit: () => read("junit.xml"),
  };
}

/** Has the test pass at once, so that its duration is known, and then begin anew. */
async function makeKnown({ folder, write }: Checkout, runs: () => Promise<unknown>): Promise<void> {
  for (const name of ["begun", "go"]) write(name, "");
  await runs();
  for (const name of ["begun", "begun-again", "go"]) rmSync(join(folder, name));
}

function expectDuplicateCounted({ report, junit, folder }: Checkout): void {
  const { verdict, account, cases, tasks } = report();
  expect(verdict).toBe("passed");
  expect(account).toMatchObject({ discovered: 1, passed: 1, flaky: 0 });
  expect(cases).toMatchObject({ total: 1, passed: 1, flaky: 0 });
  expect(tasks[0]?.attempts).toMatchObject([{ status: "superseded" }, { status: "passed", duplicate: true }]);
  expect(junit().match(/<testcase /g)).toHaveLength(1);
  expect(junit()).not.toMatch(/flaky|rerun/i);
  expect(existsSync(join(folder, "begun-again"))).toBe(true);
}

/** Whether the process that hangs in the first attempt is still there. */
function hangs(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, "begun"), "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

test("alone: an idle worker runs once more what hangs on another, the first result counts, and what hangs is ended", async () => {
  const suite = checkout(forEver_ms);
  const run = () => runToEnd(["run", "--workers", "2"], { cwd: suite.folder });
  await makeKnown(suite, run);
  suite.write("go", "");
  const { code, output } = await run();
  expect(output).toContain("slow.test.js is begun once more");
  expect(output).toContain("1 discovered = 1 passed");
  expect(code).toBe(0);
  expectDuplicateCounted(suite);
  await until("the end of what hung", async () => !hangs(suite.folder));
});

test("on a fleet: a coordinator that is killed while a duplicate runs knows both when it is back", async () => {
  const suite = checkout(forEver_ms);
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await Promise.all([fleet.worker("one"), fleet.worker("two")]);
  const run = () => fleet.launch(["run", "--max-retries", "0"], { cwd: suite.folder });
  await makeKnown(suite, () => run().exited);
  const running = run();
  await until("the duplicate", async () => suite.has("begun-again"));
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  suite.write("go", "");
  expect(await running.exited, running.output()).toBe(0);
  expectDuplicateCounted(suite);
  // The worker that was overtaken lives on, without the process that hung.
  await until("the end of what hung", async () => !hangs(suite.folder));
});

test("nothing runs twice that must not: without speculation, with side effects, and no command", async () => {
  const [unwanted, harmful, command] = [checkout(long_ms), checkout(long_ms), checkout(long_ms)];
  harmful.write(
    "shardwright.config.json",
    JSON.stringify({ suites: [{ name: "unit", runner: "node-test", sideEffects: true }] }),
  );
  const says = `writeFileSync(process.argv[2], '<testsuites><testsuite name="s"><testcase name="works"/></testsuite></testsuites>');`;
  command.write("slow.mjs", `${imports}${straggler(long_ms)}${says}\n`);
  const run = ({ folder }: Checkout, ...args: string[]) => runToEnd(["run", "--workers", "2", ...args], { cwd: folder });
  const args = [["--no-speculation"], [], ["--command", `"${process.execPath}" {file} {junit}`, "--test-pattern", "*.mjs"]];
  const suites = [unwanted, harmful, command].map((suite, index) => ({ suite, runs: () => run(suite, ...(args[index] ?? [])) }));
  await Promise.all(suites.map(({ suite, runs }) => makeKnown(suite, runs)));
  const ends = await Promise.all(suites.map(({ runs }) => runs()));
  for (const [index, { folder, has, report }] of [unwanted, harmful, command].entries()) {
    expect(ends[index]?.code, `${folder}: ${ends[index]?.output}`).toBe(0);
    expect(report().tasks.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([["passed"]]);
    expect(has("begun-again")).toBe(false);
  }
});
