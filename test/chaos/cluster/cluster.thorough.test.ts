import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runListSchema, runReportSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { start, until, type Started } from "../../processes.ts";
import { ChaosCluster } from "./cluster.ts";
import { adminToken } from "./member.ts";
import { differencesOf, missingFrom, readTables } from "./tables.ts";

const files = ["a", "b", "c", "d", "e", "f", "waits"];

/** Tests that pass at once, and one that passes when the gate is there. */
function writeSuite(directory: string, gate: string): void {
  mkdirSync(directory);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  for (const name of files) {
    const body =
      name === "waits"
        ? `while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));`
        : "";
    writeFileSync(
      join(directory, `${name}.test.mjs`),
      `import { existsSync } from "node:fs";\nimport test from "node:test";\ntest("only", async () => { ${body} });\n`,
    );
  }
}

// `node test/chaos/main.ts cluster 50` lets much more happen, CI some of it.
test("kill -9 of the leader in the middle of a run: it ends green, each task once, and all three know the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "chaos-cluster-"));
  const cluster = await ChaosCluster.start({ directory });
  const started: Started[] = [];
  onTestFinished(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    await cluster.end();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  const launch = (args: readonly string[], cwd = directory): Started => {
    const environment = { SHARDWRIGHT_COORDINATOR: cluster.addresses.join(","), SHARDWRIGHT_API_KEY: adminToken };
    const process = start(args, { cwd, environment });
    started.push(process);
    return process;
  };
  const [gate, suite] = [join(directory, "gate"), join(directory, "suite")];
  writeSuite(suite, gate);
  const workers = ["one", "two"].map((name) => launch(["worker", "--name", name, "--slots", "1", "--reconnect-interval", "0.5"]));
  const run = launch(["run", "--max-retries", "0", "--report-formats", "json", "--no-fallback"], suite);
  await until("a first result", async () => {
    const answer = await fetch(`${cluster.addresses[0]}/api/v1/runs`, { headers: { authorization: `Bearer ${adminToken}` } });
    return (runListSchema.parse(await answer.json()).runs[0]?.account.passed ?? 0) > 0;
  });

  const leader = await cluster.leader();
  if (leader === undefined) throw new Error("nobody leads");
  await leader.kill();
  await until("another leader", async () => (await cluster.leader()) !== undefined);
  writeFileSync(gate, "");

  expect(await run.exited, run.output()).toBe(0);
  const report = runReportSchema.parse(JSON.parse(readFileSync(join(suite, "shardwright-report", "report.json"), "utf8")));
  expect(report).toMatchObject({ verdict: "passed", account: { discovered: files.length, passed: files.length } });
  const passed = report.tasks.map(
    ({ file, attempts }) => `${file} ${attempts.filter(({ status }) => status === "passed").length}`,
  );
  expect(passed.toSorted()).toEqual(files.map((name) => `${name}.test.mjs 1`));

  cluster.restart(leader);
  for (const worker of workers) worker.child.kill("SIGTERM");
  await Promise.all(workers.map(({ exited }) => exited));
  await cluster.settled(20_000);
  await cluster.killAll();
  const [first, ...others] = cluster.members.map(({ name, stateDir }) => readTables(name, stateDir));
  if (first === undefined) throw new Error("no tables");
  expect(others.flatMap((other) => differencesOf(first, other))).toEqual([]);
  const { attempts } = cluster.acknowledged;
  expect(attempts.filter(({ outcome }) => outcome === "passed")).toHaveLength(files.length);
  expect([first, ...others].flatMap((tables) => missingFrom(tables, attempts))).toEqual([]);
});
