import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startFleet } from "./cli/fleet.ts";
import { until } from "./processes.ts";

const imports = `import { existsSync, rmSync, writeFileSync } from "node:fs";\nimport { join } from "node:path";\n`;

/** A checkout of `count` tests, each of which says that it began and goes on when the gate is opened. */
function gatedSuite(parent: string, name: string, count: number, body = "") {
  const folder = join(parent, name);
  const began = join(parent, `${name}-began`);
  mkdirSync(folder);
  mkdirSync(began);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  const gate = join(parent, `${name}-gate`);
  for (let index = 0; index < count; index += 1)
    writeFileSync(
      join(folder, `t${index}.test.js`),
      `import test from "node:test";\n${imports}test("works", async () => {
  writeFileSync(${JSON.stringify(join(began, String(index)))}, "");
  ${body}
  while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
});\n`,
    );
  return { folder, open: () => writeFileSync(gate, ""), began: () => readdirSync(began).length };
}

test("runs share six workers by their priorities and quotas, and what nobody can run holds nobody up", async () => {
  const parent = mkdtempSync(join(tmpdir(), "shardwright-sharing-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const fleet = await startFleet({ args: ["--quota", "capped=1", "--quota", "*=100"] });
  onTestFinished(fleet.end);
  const labels = [["left"], ["left"], ["right"], ["right"], ["gpu-lab"], []];
  await Promise.all(labels.map((tags, index) => fleet.worker(`w${index}`, { args: tags.flatMap((tag) => ["--label", tag]) })));
  const run = (folder: string, ...args: string[]) => fleet.launch(["run", "--max-retries", "0", ...args], { cwd: folder });

  const stuckSuite = gatedSuite(parent, "stuck", 2);
  const stuck = run(stuckSuite.folder, "--hardware-requirements", "moon", "--priority", "100", "--timeout", "12");
  await until("the notice", async () => stuck.output().includes("which no live worker has"));

  const first = gatedSuite(parent, "first", 6);
  const filling = run(first.folder);
  await until("six slots in use", async () => first.began() === 6);
  expect(filling.output()).not.toContain("ahead");

  const [normalSuite, highSuite, rightSuite] = [
    gatedSuite(parent, "normal", 12),
    gatedSuite(parent, "high", 12),
    gatedSuite(parent, "right", 1),
  ];
  const normal = run(normalSuite.folder);
  await until("the normal run", async () => normal.output().includes("is ahead: the first test should start in about"));
  const high = run(highSuite.folder, "--priority", "high");
  await until("the high run", async () => /runs? (is|are) ahead: the first test should start in about/.test(high.output()));
  first.open();
  expect(await filling.exited, filling.output()).toBe(0);
  await until("the next six", async () => normalSuite.began() + highSuite.began() === 6);
  expect(normalSuite.began()).toBeGreaterThan(0);
  expect(highSuite.began()).toBeGreaterThan(normalSuite.began());

  // What it knew of runs, slots and quotas is in its tables.
  fleet.coordinator.child.kill("SIGKILL");
  await fleet.coordinator.exited;
  await fleet.startAgain();
  const right = run(rightSuite.folder, "--hardware-requirements", "right");
  await until("the run for one label", async () => right.output().includes("ahead: the first test should start in about"));
  for (const suite of [normalSuite, highSuite, rightSuite]) suite.open();
  for (const { exited, output } of [normal, high, right]) expect(await exited, output()).toBe(0);

  // Its tests fail where two of them run at the same time.
  const lock = JSON.stringify(join(parent, "capped-lock"));
  const body = `writeFileSync(${lock}, "", { flag: "wx" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  rmSync(${lock});`;
  const cappedSuite = gatedSuite(parent, "capped", 5, body);
  cappedSuite.open();
  const capped = run(cappedSuite.folder, "--project", "capped");
  expect(await capped.exited, capped.output()).toBe(0);
  expect(cappedSuite.began()).toBe(5);
  expect(existsSync(JSON.parse(lock) as string)).toBe(false);

  expect(await stuck.exited, stuck.output()).toBe(3);
  expect(stuck.output()).toMatch(/incomplete/i);
  expect(stuckSuite.began()).toBe(0);
}, 120_000);

test("what is wrong with a quota or a priority is said by name, and nothing is started", async () => {
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  for (const [args, said] of [
    [["coordinator", "--quota", "shop"], "the quota of shop is a whole number from 1 to 100000"],
    [["coordinator", "--quota", "shop=0"], "the quota of shop is a whole number from 1 to 100000"],
    [["coordinator", "--quota", "shop=2", "--quota", "shop=3"], "shop has two quotas"],
    [["coordinator", "--quota", "=3"], "names no project"],
    [["run", "--priority", "urgent"], "give low, normal, high, or a whole number from 0 to 100"],
    [["run", "--priority", "101"], "give low, normal, high, or a whole number from 0 to 100"],
  ] as const) {
    const { code, output } = await fleet.toEnd([...args]);
    expect(output).toContain(said);
    expect(code).toBe(2);
  }
});
