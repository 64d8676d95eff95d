import { flakyListSchema } from "@shardwright/core";
import { expect, onTestFinished, test } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { testOf, useSuite } from "./suite.ts";

const { folder, write, report } = useSuite();

const commit = (letter: string) => letter.repeat(40);
/** As a CI system checks it out. */
const ci = (sha: string) => ({ JENKINS_URL: "http://127.0.0.1:9/", BUILD_ID: "1", GIT_COMMIT: sha });

async function runOn(fleet: Fleet, key: string, sha: string, ...args: string[]) {
  return fleet.toEnd(["run", "--run-key", key, ...args], { cwd: folder(), environment: ci(sha) });
}

const list = async (fleet: Fleet) => flakyListSchema.parse(await fleet.call("GET", "flaky"));

/** Fails each second time it is run. */
const flips = testOf(
  'appendFileSync("count.txt", "x");\nassert.notEqual(statSync("count.txt").size % 2, 1, "it flipped");',
  'import assert from "node:assert";\nimport { appendFileSync, statSync } from "node:fs";',
);

test("a test that flips is found out, a broken one and what the machine did are not; and the rule puts it into quarantine", async () => {
  write("flips.test.js", flips);
  write("steady.test.js", testOf(""));
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("w1");
  // Runs of code that is broken say nothing; that it is mended later is another commit.
  write("broken.test.js", testOf('throw new Error("broken")'));
  expect(await runOn(fleet, "a", commit("a"))).toMatchObject({ code: 1 });
  write("broken.test.js", testOf(""));
  for (const key of ["b", "c", "d"]) expect(await runOn(fleet, key, commit(key))).toMatchObject({ code: 0 });
  // What the machine ran out of is held against no test.
  write(
    "disk.test.js",
    testOf(
      'if (!existsSync("spilt")) { writeFileSync("spilt", ""); throw new Error("ENOSPC: no space left on device, write"); }',
      'import { existsSync, writeFileSync } from "node:fs";',
    ),
  );
  expect(await runOn(fleet, "e", commit("e"))).toMatchObject({ code: 0 });

  const found = await list(fleet);
  expect(found.tests.map(({ test: name }) => name)).toEqual(["flips.test.js > works"]);
  const [flaky] = found.tests;
  expect(flaky).toMatchObject({ flips: 5, observations: 5 });
  // Beta(0.2 + 5, 9.8) but for some seconds of age; the bounds are SciPy's.
  expect(flaky?.score).toBeCloseTo(5.2 / 15, 4);
  expect(flaky?.low).toBeCloseTo(0.16304, 3);
  expect(flaky?.high).toBeCloseTo(0.55428, 3);
  const { output } = await fleet.toEnd(["flaky", "list"]);
  expect(output).toMatch(/^score {3,}90 % between {2,}flips/);
  expect(output).toMatch(/\n34\.7 % +16\.\d % and 55\.\d % +5 of 5 +.* UTC +flips\.test\.js > works\n/);

  write("count.txt", "");
  const strict = await runOn(fleet, "f", commit("f"), "--max-retries", "0", "--quarantine-flaky", "0.3");
  expect(strict.code, strict.output).toBe(1);
  write("count.txt", "");
  const lenient = await runOn(fleet, "g", commit("g"), "--max-retries", "0", "--quarantine-flaky", "0.05");
  expect(lenient.code, lenient.output).toBe(0);
  expect(lenient.output).toMatch(
    /in quarantine \(by rule, for this run\): it flipped in 5 of 5 runs: .* above 1\d\.\d %, and the limit is 5\.0 %/,
  );
  expect(report().account).toMatchObject({ quarantined: 1, passed: 3 });

  await fleet.toEnd(["quarantine", "add", "flips.test.js", "--owner", "ada", "--reason", "#12", "--expires", "14d"]);
  expect((await list(fleet)).tests[0]?.quarantine).toMatchObject({ owner: "ada", origin: "hand" });
  expect((await fleet.toEnd(["flaky", "list"])).output).toMatch(/\n {2}in quarantine until [\d-]+ \(ada\): #12\n/);
});

test("two runs of one commit, of which one failed and one passed, are a flip; on a person's machine they are not", async () => {
  write(
    "late.test.js",
    testOf(
      'assert.ok(existsSync("ready"), "not ready");',
      'import assert from "node:assert";\nimport { existsSync } from "node:fs";',
    ),
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  await fleet.worker("w1");
  const both = async (prefix: string, environment: Record<string, string>) => {
    write("ready.txt", "");
    const run = (key: string) =>
      fleet.toEnd(["run", "--run-key", `${prefix}-${key}`, "--max-retries", "0", "--project", prefix], {
        cwd: folder(),
        environment,
      });
    const [first] = [await run("1")];
    write("ready", "");
    const second = await run("2");
    return [first.code, second.code, flakyListSchema.parse(await fleet.call("GET", `flaky?project=${prefix}`)).tests.length];
  };
  expect(await both("ci", ci(commit("a")))).toEqual([1, 0, 1]);
  const { rmSync } = await import("node:fs");
  rmSync(`${folder()}/ready`);
  expect(await both("desk", {})).toEqual([1, 0, 0]);
});

test("what flips on one machine alone is put down to it", async () => {
  write(
    "gpu.test.js",
    testOf(
      'assert.notEqual(process.env.SHOP_DEVICE, "silent", "the device is silent");\nawait new Promise((resolve) => setTimeout(resolve, 300));',
      'import assert from "node:assert";',
    ),
  );
  const fleet = await startFleet();
  onTestFinished(fleet.end);
  const environment = { SHOP_DEVICE: "silent" };
  // One machine at a time, so that it is known which one runs it first.
  const well = await fleet.worker("gpu-1");
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) expect(await runOn(fleet, key, commit("a"))).toMatchObject({ code: 0 });
  well.child.kill("SIGTERM");
  await well.exited;
  const sick = await fleet.worker("gpu-3", { environment });
  for (const key of ["h", "i", "j", "k"])
    expect(await runOn(fleet, key, commit("a"), "--max-retries", "0")).toMatchObject({ code: 1 });
  sick.child.kill("SIGTERM");
  await sick.exited;
  const { tests } = await list(fleet);
  expect(tests).toMatchObject([{ flips: 4, observations: 11, association: { attribute: "worker", value: "gpu-3" } }]);
  expect((await fleet.toEnd(["flaky", "list"])).output).toMatch(/\n {2}only on worker gpu-3.*: 4 of 4 here, 0 of 7 elsewhere/);
});
