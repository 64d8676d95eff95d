import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quarantineListSchema, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../processes.ts";
import { startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, run, report } = useSuite();

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const entry = (name: string, more: object = {}) => ({ test: name, owner: "ada", expires: day(14), reason: "#12", ...more });
const configure = (...quarantine: object[]) => write("shardwright.config.json", JSON.stringify({ quarantine }));
const read = (name: string) => readFileSync(join(folder(), "shardwright-report", name), "utf8");

/** A file with a case that always fails, between others. */
const knownBad = `import test from "node:test";
import assert from "node:assert";
test("good", () => {});
test("bad", () => assert.fail("known bad"));
test("after", () => {});
`;

test("alone, a test that the configuration file has in quarantine fails without failing the run, and everything tells of it", async () => {
  write("known.test.js", knownBad);
  write("good.test.js", testOf(""));
  configure(
    entry("known.test.js > bad"),
    entry("gone.test.js > was there", { owner: "bob" }),
    entry("good.test.js", { owner: "eve", expires: day(-3) }),
  );
  const { code, output } = await run("--max-retries", "3");
  expect(code, output).toBe(0);
  expect(output).toContain("PASSED  2 discovered = 1 passed + 1 quarantined");
  expect(output).toContain("cases  4 = 3 passed + 1 quarantined");
  expect(output).toContain(
    `Quarantined (1): failed, and does not count\n  known.test.js > bad\n      in quarantine (ada, until ${day(14)}): #12`,
  );
  expect(output).toContain("In quarantine, but not in this run: gone.test.js > was there (bob).");
  expect(output).toContain(`The quarantine of good.test.js (eve) is over since ${day(-3)}: its failures count.`);
  const { tasks, account, cases, quarantine } = report();
  expect(account).toMatchObject({ discovered: 2, passed: 1, failed: 0, quarantined: 1 });
  expect(cases).toMatchObject({ total: 4, passed: 3, failed: 0, quarantined: 1 });
  const known = tasks.find(({ file }) => file === "known.test.js");
  // One retry, where others have three.
  expect(known).toMatchObject({ status: "failed", quarantined: true });
  expect(known?.attempts.filter(({ status }) => status === "failed")).toHaveLength(2);
  expect(quarantine?.map(({ test: name, state }) => [name, state])).toEqual([
    ["known.test.js > bad", "failed"],
    ["gone.test.js > was there", "missing"],
    ["good.test.js", "expired"],
  ]);
  const xml = read("junit.xml");
  expect(xml).toContain('<testsuites name="' + report().run.key + '" tests="5" failures="0" errors="0"');
  expect(xml).toMatch(/name="bad"[^>]*><skipped message="in quarantine \(ada, until [\d-]+\): #12\. It failed: known bad"\/>/);
  expect(xml).not.toMatch(/<(?:failure|error|flakyFailure|rerunFailure)\b/);
  expect(read("report.md")).toMatch(/### In quarantine: failed, and does not count\n\n[\s\S]*<code>bad<\/code>.*ada/);
  expect(read("report.html")).toContain(
    '<h2 id="quarantine-title">In quarantine <small>1 failure that does not count</small></h2>',
  );
});

test("the quarantine of a case covers no other one of its file", async () => {
  write("known.test.js", `${knownBad}test("also bad", () => assert.fail("news"));\n`);
  configure(entry("known.test.js > bad"));
  const { code, output } = await run("--max-retries", "0");
  expect(code, output).toBe(1);
  expect(report().account).toMatchObject({ failed: 1 });
  expect(report().account.quarantined).toBeUndefined();
  expect(report().cases).toMatchObject({ failed: 1, quarantined: 1 });
  expect(read("junit.xml").match(/<failure /g)).toHaveLength(1);
});

test.each([
  [
    "its process leaves in the middle",
    `${knownBad}test("leaves", () => process.exit(1));\ntest("never seen", () => {});\n`,
    [1, 3],
  ],
  ["its process is killed", `${knownBad}test("dies", () => process.kill(process.pid, "SIGKILL"));\n`, [3]],
  ["it runs out of time", `${knownBad}test("hangs", () => new Promise((resolve) => setTimeout(resolve, 60_000)));\n`, [1, 3]],
  [
    "something is thrown outside of any test",
    `${knownBad}setTimeout(() => { throw new Error("stray"); }, 20);\nawait new Promise((resolve) => setTimeout(resolve, 100));\n`,
    [1, 3],
  ],
] as const)("a quarantine excuses nothing where %s", async (_what, text, codes) => {
  write("known.test.js", text);
  configure(entry("known.test.js > bad"), entry("known.test.js > leaves"), entry("known.test.js > dies"));
  const { code, output } = await run("--max-retries", "0", "--task-timeout", "3");
  expect(codes, output).toContain(code);
  expect(report().account.quarantined).toBeUndefined();
  expect(report().verdict).not.toBe("passed");
});

test("an entry without an owner or an end, or with one too far off, is refused by its name", async () => {
  write("good.test.js", testOf(""));
  configure(
    { test: "good.test.js", expires: day(3), reason: "x" },
    { test: "good.test.js", owner: "ada", reason: "x" },
    entry("good.test.js", { expires: day(120) }),
    entry("good.test.js", { expires: "14d" }),
  );
  const { code, output } = await run();
  expect(code, output).toBe(2);
  for (const field of ["quarantine.0.owner", "quarantine.1.expires", "quarantine.2.expires", "quarantine.3.expires"])
    expect(output).toContain(field);
  expect(output).toContain("for 90 days at most");
});

test("by hand, on a fleet: it counts from the next run on, and what changes during a run, or who leads, changes nothing of it", async () => {
  write("known.test.js", knownBad);
  write(
    "slow.test.js",
    testOf(
      "while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 25));",
      'import { existsSync } from "node:fs";',
    ),
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await Promise.all([fleet.worker("w1"), fleet.worker("w2")]);
  const cwd = folder();
  const add = (...more: string[]) => fleet.toEnd(["quarantine", "add", "known.test.js > bad", "--reason", "#12", ...more]);
  for (const [args, words] of [
    [["--expires", "14d"], "--owner"],
    [["--owner", "ada"], "--expires"],
    [["--owner", "ada", "--expires", "91d"], "90 days"],
    [["--owner", "ada", "--expires", "soon"], "14d"],
    [["--owner", " ", "--expires", "14d"], "--owner"],
  ] as const) {
    const { code, output } = await add(...args);
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(words) as string });
  }
  const far = { test: "x", owner: "ada", reason: "y", expires_at_ms: Date.now() + 100 * 86_400_000 };
  const refused = await fetch(`${fleet.address}/api/v1/quarantine`, {
    method: "PUT",
    headers: { authorization: `Bearer ${await fleet.token("submit")}`, "content-type": "application/json" },
    body: JSON.stringify(far),
  });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("90 days") as string]);
  const { code, output } = await add("--owner", "ada", "--expires", "14d");
  expect(code, output).toBe(0);
  expect((await fleet.toEnd(["quarantine", "list"])).output).toMatch(/^known\.test\.js > bad\n {2}until [\d-]+ \(ada\): #12\n$/);

  const key = ["run", "--run-key", "first", "--max-retries", "0", "--output-dir", join(cwd, "first")];
  const going = fleet.launch(key, { cwd });
  await until("the failure", async () => going.output().includes("failed in quarantine"));
  expect((await fleet.toEnd(["quarantine", "remove", "known.test.js > bad"])).code).toBe(0);
  expect(quarantineListSchema.parse(await fleet.call("GET", "quarantine")).entries).toEqual([]);
  expect((await fleet.toEnd(["quarantine", "remove", "known.test.js > bad"])).code).toBe(2);
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  write("go", "");
  expect(await going.exited, going.output()).toBe(0);
  const first = runReportSchema.parse(JSON.parse(readFileSync(join(cwd, "first", "report.json"), "utf8")));
  expect(first.account).toMatchObject({ discovered: 2, passed: 1, quarantined: 1 });

  // Nothing is left to do of it, though the entry is gone.
  expect(await fleet.toEnd(key, { cwd })).toMatchObject({
    code: 0,
    output: expect.stringContaining("nothing is run again") as string,
  });
  expect(await fleet.toEnd(["run", "--run-key", "second", "--max-retries", "0"], { cwd })).toMatchObject({ code: 1 });
});

test("a failover in the middle of a file forgets none of its failures: one in quarantine before it does not excuse one that is not", async () => {
  const wait = "while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 25));";
  write(
    "known.test.js",
    `import { existsSync } from "node:fs";\n${knownBad}test("news", () => assert.fail("news"));\ntest("waits", async () => { ${wait} });\ntest("bad again", () => assert.fail("known bad"));\n`,
  );
  configure(entry("known.test.js > bad"), entry("known.test.js > bad again"));
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const worker = await fleet.worker("w1");
  const cwd = folder();
  const going = fleet.launch(["run", "--run-key", "one", "--max-retries", "0"], { cwd });
  await until("the first failures", async () => {
    const { runs } = (await fleet.call("GET", "runs")) as { runs: { id: string }[] };
    const found = runReportSchema.parse(await fleet.call("GET", `runs/${runs[0]?.id}/report`));
    return found.tasks[0]?.attempts[0]?.cases.length === 4;
  });
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  write("go", "");
  expect(await going.exited, going.output() + worker.output()).toBe(1);
  expect(report().cases).toMatchObject({ failed: 1, quarantined: 2 });
  expect(report().account).toMatchObject({ failed: 1 });
});
