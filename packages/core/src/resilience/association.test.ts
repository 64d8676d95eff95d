import { expect, test } from "vitest";
import { associate, significance } from "./association.ts";
import { clusterFailures } from "./clusters.ts";
import { attemptOf, seeded, type AttemptSketch } from "./observations.test-data.ts";
import { associationSentence } from "./sentence.ts";

function sentences(sketches: readonly AttemptSketch[]): string[] {
  const observations = sketches.map(attemptOf);
  return associate(observations, clusterFailures(observations)).flatMap((found) =>
    found === undefined ? [] : [associationSentence(found)],
  );
}

/** Tests dealt to four workers in turn, one a second on each. */
function run(count: number, failing: (sketch: AttemptSketch) => boolean): AttemptSketch[] {
  return Array.from({ length: count }, (_, unit) => {
    const sketch = { unit, worker: `gpu-${unit % 4}`, at_s: 5 * Math.floor(unit / 4) };
    return { ...sketch, failed: failing(sketch) ? "f1" : undefined };
  });
}

test("a worker that fails since a moment is named with the moment", () => {
  const sketches = run(352, ({ worker, at_s }) => worker === "gpu-3" && at_s >= 380);
  expect(sentences(sketches)).toEqual([
    "only on worker gpu-3 since 14:06 UTC: 12 of 12 here, 0 of 340 elsewhere (p < 0.001): likely the machine",
  ]);
});

test("what ran right before it began is named, and how the same tests fared elsewhere", () => {
  const sketches = run(352, ({ worker, at_s }) => worker === "gpu-3" && at_s >= 380).map((sketch) =>
    sketch.unit === 4 * 76 + 3 ? { ...sketch, preceding: "test/fills-the-disk.test.ts" } : sketch,
  );
  const again = sketches
    .filter(({ failed }) => failed !== undefined)
    .map((sketch) => ({ ...sketch, failed: undefined, first: false, worker: "gpu-0", at_s: 500 + sketch.unit }));
  expect(sentences([...sketches, ...again])).toEqual([
    "only on worker gpu-3 since 14:06 UTC, right after test/fills-the-disk.test.ts: 12 of 12 here, 0 of 340 elsewhere (p < 0.001); run again elsewhere, 12 of 12 passed: likely the machine",
  ]);
});

test("tests that fail again elsewhere are no matter of the machine they failed on first", () => {
  const sketches = run(40, ({ worker }) => worker === "gpu-3");
  const again = sketches
    .filter(({ failed }) => failed !== undefined)
    .map((sketch) => ({ ...sketch, first: false, worker: "gpu-0", at_s: 500 + sketch.unit }));
  expect(sentences(sketches)).toHaveLength(1);
  expect(sentences([...sketches, ...again])).toEqual([]);
});

test("retries that all go to one worker do not make it the culprit", () => {
  // Ten tests that always fail, anywhere; a late worker gets nothing but what is run again.
  const sketches = run(100, ({ unit }) => unit % 10 === 0);
  const again = sketches
    .filter(({ failed }) => failed !== undefined)
    .map((sketch) => ({ ...sketch, first: false, worker: "late", at_s: 500 + sketch.unit }));
  expect(sentences([...sketches, ...again])).toEqual([]);
});

test("a suite that is broken wherever it runs is not put down to the worker that ran most of it", () => {
  const sketches = Array.from({ length: 120 }, (_, unit) => {
    const broken = unit < 20;
    const worker = broken ? (unit < 16 ? "a" : "b") : unit < 24 ? "a" : "b";
    return { unit, worker, at_s: unit, suite: broken ? "api" : "web", failed: broken ? "f1" : undefined };
  });
  expect(sentences(sketches)).toEqual([]);
});

test("a class of hardware is named when all of its workers fail, the worker when it is the only one", () => {
  const arm = (worker: string) => (worker === "gpu-2" || worker === "gpu-3" ? "linux-arm64-4cpu" : "linux-x64-8cpu");
  const both = run(80, ({ worker }) => arm(worker) === "linux-arm64-4cpu").map((one) => ({ ...one, hardware: arm(one.worker) }));
  expect(sentences(both)).toEqual([
    "only on hardware linux-arm64-4cpu: 40 of 40 here, 0 of 40 elsewhere (p < 0.001): likely that kind of machine",
  ]);
  const one = run(80, ({ worker }) => worker === "gpu-3").map((sketch) => ({
    ...sketch,
    hardware: sketch.worker === "gpu-3" ? "linux-arm64-4cpu" : "linux-x64-8cpu",
  }));
  expect(sentences(one)[0]).toMatch(/^only on worker gpu-3: 20 of 20 here, 0 of 60 elsewhere/);
});

test("a test that spoils the next is named", () => {
  const sketches = Array.from({ length: 200 }, (_, unit) => {
    const spoiled = unit % 10 === 3;
    return {
      unit,
      worker: `w-${unit % 4}`,
      at_s: unit,
      preceding: spoiled ? "test/leaves-a-lock.test.ts" : `test/${unit % 7}.test.ts`,
      failed: spoiled ? "f1" : undefined,
    };
  });
  expect(sentences(sketches)[0]).toBe(
    "only right after test/leaves-a-lock.test.ts on the same worker: 20 of 20 here, 0 of 180 elsewhere (p < 0.001): likely what that test leaves behind",
  );
});

test("an hour that passes within a run is no hour of the day", () => {
  const observations = run(80, ({ unit }) => unit >= 50).map(attemptOf);
  const hours = observations.map((one, place) => ({ ...one, values: { ...one.values, hour: place < 50 ? "13:00" : "14:00" } }));
  expect(associate(hours, clusterFailures(hours))).toEqual([undefined]);
  expect(associate(hours, clusterFailures(hours), ["hour"])).toMatchObject([{ attribute: "hour", value: "14:00" }]);
});

test("two failures say nothing, however few tests ran there", () => {
  expect(sentences(run(400, ({ unit }) => unit === 3 || unit === 7))).toEqual([]);
});

/** A run in which where a test runs has no part in whether it fails: suites differ, and workers prefer suites, as ours do. */
function nullRun(random: () => number): AttemptSketch[] {
  const workers = 2 + Math.floor(random() * 10);
  const suites = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, suite) => ({
    name: `suite-${suite}`,
    broken: random() < 0.3 ? random() : random() * 0.2,
    preferred: Math.floor(random() * workers),
  }));
  return Array.from({ length: 40 + Math.floor(random() * 300) }, (_, unit) => {
    const suite = suites[Math.floor(random() * suites.length)];
    const place = random() < 0.5 ? (suite?.preferred ?? 0) : Math.floor(random() * workers);
    const failed = random() < (suite?.broken ?? 0) ? `f${Math.floor(random() ** 2 * 6)}` : undefined;
    return {
      unit,
      worker: `w-${place}`,
      hardware: `class-${place % 3}`,
      at_s: unit,
      suite: suite?.name ?? "",
      preceding: `t-${Math.floor(random() * 20)}`,
      failed,
    };
  });
}

test("where nothing depends on anything, hardly ever is something said", () => {
  const runs = 1500;
  let alarms = 0;
  for (let seed = 1; seed <= runs; seed += 1) if (sentences(nullRun(seeded(seed))).length > 0) alarms += 1;
  // Were the level just reached, 15 would be expected; 28 or more come with a chance of 0.2 %.
  expect(alarms, `false alarms in ${runs} runs, seeds 1 to ${runs}`).toBeLessThan(runs * significance + 13);
});

test("what is planted is found, amid failures of other causes", () => {
  const runs = 200;
  let [planted, found] = [0, 0];
  const missed: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const random = seeded(10_000 + seed);
    const sick = nullRun(random).map((sketch) =>
      sketch.worker === "w-1" && random() < 0.8 ? { ...sketch, failed: "sick" } : sketch,
    );
    const observations = sick.map(attemptOf);
    const clusters = clusterFailures(observations);
    const place = clusters.findIndex(({ fingerprint }) => fingerprint === "sick");
    const struck = observations.filter(({ worker, passed }) => worker === "w-1" && !passed).length;
    const association = associate(observations, clusters)[place];
    if (struck < 8) continue;
    planted += 1;
    if (association?.attribute === "worker" && association.value === "w-1") found += 1;
    else missed.push(10_000 + seed);
  }
  expect(planted).toBeGreaterThan(100);
  expect(found, `missed with the seeds ${missed.join(", ")}`).toBeGreaterThan(0.95 * planted);
});
