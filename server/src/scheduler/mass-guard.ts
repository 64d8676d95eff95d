import { type Observation, excusedUnits, failuresOfAttempt, massFailureLeast, massFailures } from "@shardwright/core";
import { excusedByQuarantine } from "./comparing.ts";
import { hadOutage } from "./outages.ts";
import type { RunState } from "./run-state.ts";
import type { SchedulerState } from "./state.ts";

/** With more failed tests than these in a run, they are taken for what they seem. */
const casesRead = 20_000;

/**
 * Takes the tasks back from the flaky ones that only a failure of the infrastructure, or a worker that was quarantined for it, made fail. It
 * asks the tables what went wrong: a task is leased again when its failure is durable, so they have it by the time it has passed; what has passed lately they may lack, but memory
 * has that.
 * @returns their indexes
 */
export function excuseTasks(state: SchedulerState, run: RunState): number[] {
  const flaky = [...run.tasks.keys()].filter((index) => run.task(index)?.flaky === true && run.task(index)?.status === "passed");
  const failed = run.tasks.filter(({ failedBefore }) => failedBefore).length;
  if (flaky.length === 0) return [];
  const excused = new Set(excusedByQuarantine(state, run, flaky));
  const observations = failed < massFailureLeast && !hadOutage(run) ? undefined : observationsOf(state, run);
  if (observations !== undefined)
    for (const unit of excusedUnits(observations, massFailures(observations))) excused.add(Number(unit));
  const found = flaky.filter((index) => excused.has(index));
  for (const index of found) {
    const task = run.task(index);
    if (task !== undefined) Object.assign(task, { flaky: false, failedBefore: false });
  }
  return found;
}

function observationsOf(state: SchedulerState, run: RunState): Observation[] | undefined {
  const { tasks } = state.queries;
  const badCases = tasks.badCases(run.id, casesRead);
  if (badCases.length >= casesRead) return undefined;
  const bad = new Map<string, typeof badCases>();
  for (const row of badCases) {
    const key = `${row.task}.${row.attempt}`;
    const known = bad.get(key);
    if (known === undefined) bad.set(key, [row]);
    else known.push(row);
  }
  const passed = new Set<number>();
  const observations: Observation[] = [];
  for (const { task, attempt, worker, status, ended_at_ms, duration_ms, failure, recovery } of tasks.attempts(run.id)) {
    const spec = run.task(task)?.spec;
    if (spec === undefined || ended_at_ms === null) continue;
    if (status !== "passed" && status !== "failed" && status !== "errored") continue;
    // Of that, the task was acquitted when it happened.
    if (status !== "passed" && recovery?.charged === "machine") continue;
    if (status === "passed") passed.add(task);
    const cases = (bad.get(`${task}.${attempt}`) ?? []).map(({ result }) => result);
    observations.push(
      observationOf(task, spec.suite, worker, {
        began_ms: ended_at_ms - duration_ms,
        ended_ms: ended_at_ms,
        passed: status === "passed",
        failures: status === "passed" ? [] : failuresOfAttempt(spec.file, { status, failure: failure ?? undefined, cases }),
      }),
    );
  }
  const now_ms = state.clock.now_ms();
  for (const [task, { status, spec, current }] of run.tasks.entries())
    if (status === "passed" && !passed.has(task))
      observations.push(
        observationOf(task, spec.suite, current?.worker ?? "", {
          began_ms: now_ms,
          ended_ms: now_ms,
          passed: true,
          failures: [],
        }),
      );
  return observations;
}

function observationOf(
  task: number,
  suite: string,
  worker: string,
  seen: Pick<Observation, "began_ms" | "ended_ms" | "passed" | "failures">,
): Observation {
  // Neither what it is like nor its circumstances matter to the guard.
  return { unit: String(task), alike: suite, suite, worker, first: true, values: {}, ...seen };
}
