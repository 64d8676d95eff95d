import { expect, test } from "vitest";
import { associateAcrossRuns, type ObservedRun } from "./across-runs.ts";
import { attemptOf, seeded, type AttemptSketch } from "./observations.test-data.ts";
import { associationSentence } from "./sentence.ts";

const hour_ms = 3_600_000;
const midnight_ms = Date.UTC(2026, 9, 1);

function runsOf(count: number, sketch: (unit: number, run: number) => Partial<AttemptSketch>): ObservedRun[] {
  return Array.from({ length: count }, (_, run) => ({
    run: `r-${run}`,
    began_ms: midnight_ms + run * 26 * hour_ms,
    observations: Array.from({ length: 40 }, (__, unit) =>
      attemptOf({ unit, worker: `w-${(unit + run) % 4}`, at_s: unit, ...sketch(unit, run) }),
    ),
  }));
}
const said = (runs: readonly ObservedRun[]) =>
  [...associateAcrossRuns(runs)].map(
    ([fingerprint, association]) => `${fingerprint}: ${associationSentence(association, association)}`,
  );

test("one failure a run tells of the test before it when the runs are added up", () => {
  const runs = runsOf(8, (unit, run) => {
    const isAfter = unit === (run * 7) % 40;
    return { preceding: isAfter ? "leaves-a-lock.test.ts" : `${unit % 9}.test.ts`, failed: isAfter ? "f1" : undefined };
  });
  expect(said(runs)).toEqual([
    "f1: only right after leaves-a-lock.test.ts on the same worker: 8 of 8 here, 0 of 312 elsewhere (p < 0.001): likely what that test leaves behind",
  ]);
  expect(said(runs.slice(0, 1))).toEqual([]);
});

test("a broken commit is not put down to the worker that was there for its run alone", () => {
  const runs = runsOf(10, (unit, run) => ({
    worker: run === 6 || run === 7 ? `only-${run}-${unit % 2}` : `w-${unit % 4}`,
    failed: (run === 6 || run === 7) && unit < 30 ? "f1" : undefined,
  }));
  expect(said(runs)).toEqual([]);
});

test("of the hour, runs are compared and not tests", () => {
  const night = runsOf(48, (unit, run) => ({ failed: run % 12 === 1 && unit < 10 ? "f1" : undefined }));
  expect(said(night)).toEqual([
    "f1: only in the hour from 02:00 UTC: 4 of 4 runs here, 0 of 44 elsewhere (p < 0.001): likely something that happens at that time",
  ]);
  const once = runsOf(48, (unit, run) => ({ failed: (run === 1 || run === 2) && unit < 40 ? "f1" : undefined }));
  expect(said(once)).toEqual([]);
});

test("where nothing depends on anything, hardly ever is something said of many runs", () => {
  const trials = 300;
  let alarms = 0;
  for (let seed = 1; seed <= trials; seed += 1) {
    const random = seeded(seed);
    const broken = Array.from({ length: 12 }, () => (random() < 0.3 ? random() : 0.03));
    const runs = runsOf(12, (_unit, run) => ({
      worker: `w-${Math.floor(random() * 5) + (random() < 0.3 ? run : 0)}`,
      preceding: `${Math.floor(random() * 15)}.test.ts`,
      failed: random() < (broken[run] ?? 0) ? `f${Math.floor(random() * 3)}` : undefined,
    }));
    if (said(runs).length > 0) alarms += 1;
  }
  // Two families at 0.01 each: were both reached, 6 would be expected; 14 or more come with a chance of 0.4 %.
  expect(alarms, `false alarms in ${trials} trials, seeds 1 to ${trials}`).toBeLessThan(14);
});
