import type { FactBody } from "@shardwright/core";
import { absentBrowser, settleAbsent } from "./absent-browsers.ts";
import { endIfDone, settleTasks } from "./endings.ts";
import { isOfRun, matchFor } from "./matching.ts";
import { noticeOnce } from "./notices.ts";
import type { RunState } from "./run-state.ts";
import { type SchedulerState, later } from "./state.ts";

/** Says at once what no live worker can run, and with what it lacks; gives up on it after a grace. */
export function checkRequirements(state: SchedulerState, run: RunState, facts: FactBody[]): void {
  if (!hasLiveWorker(state, run)) {
    run.unsatisfiableTimer?.cancel();
    run.unsatisfiableTimer = undefined;
    run.noWorkersTimer ??= later(state, state.options.noWorkersNotice_ms, () => sayNoWorkers(state, run));
    return;
  }
  run.noWorkersTimer?.cancel();
  run.noWorkersTimer = undefined;
  const stuck = stuckTasks(state, run);
  for (const { missing, tasks } of stuck)
    // What is settled in a moment is told then.
    if (!tasks.every((index) => endsAtOnce(state, run, index)))
      noticeOnce(run, "unsatisfiable", `${describe(tasks.length)} ${missing}, which no live worker has.`, facts);
  if (stuck.length === 0) {
    run.unsatisfiableTimer?.cancel();
    run.unsatisfiableTimer = undefined;
  } else run.unsatisfiableTimer ??= later(state, graceFor(state, run, stuck), () => giveUp(state, run));
}

function graceFor(state: SchedulerState, run: RunState, stuck: readonly { tasks: readonly number[] }[]): number {
  const isShort = stuck.some(({ tasks }) => tasks.some((index) => endsAtOnce(state, run, index)));
  return isShort ? 0 : state.options.unsatisfiableGrace_ms;
}

/** A browser that nobody offers is not waited for where no other workers can come. */
function endsAtOnce(state: SchedulerState, run: RunState, index: number): boolean {
  const task = run.task(index);
  return state.options.workersAreKnown && task !== undefined && absentBrowser(state, run, task) !== undefined;
}

export function checkAllRequirements(state: SchedulerState, facts: FactBody[]): void {
  for (const run of state.runs.values()) checkRequirements(state, run, facts);
}

function giveUp(state: SchedulerState, run: RunState): void {
  run.unsatisfiableTimer = undefined;
  if (!state.runs.has(run.id)) return;
  const facts: FactBody[] = [];
  const stuck = stuckTasks(state, run);
  const count = stuck.reduce((sum, { tasks }) => sum + tasks.length, 0);
  if (
    state.options.workersAreKnown &&
    settleAbsent(
      state,
      run,
      stuck.flatMap(({ tasks }) => tasks),
      facts,
    ).length < count
  ) {
    endIfDone(state, run, facts);
    if (state.runs.has(run.id)) checkRequirements(state, run, facts);
  } else if (count === run.open && count > 0) {
    const seconds = Math.round(state.options.unsatisfiableGrace_ms / 1000);
    for (const { missing, tasks } of stuck)
      settleTasks(
        state,
        run,
        settleAbsent(state, run, tasks, facts),
        "incomplete",
        `No live worker has ${missing}; none came within ${seconds} s.`,
        facts,
      );
    endIfDone(state, run, facts);
  } else checkRequirements(state, run, facts);
  void state.record(facts);
}

function sayNoWorkers(state: SchedulerState, run: RunState): void {
  run.noWorkersTimer = undefined;
  if (!state.runs.has(run.id) || hasLiveWorker(state, run)) return;
  const facts: FactBody[] = [];
  noticeOnce(run, "no-workers", "No worker is connected; the run waits for one.", facts);
  void state.record(facts);
}

/** Pending tasks that nobody can run, by what is missing. */
function stuckTasks(state: SchedulerState, run: RunState): { missing: string; tasks: number[] }[] {
  const groups = new Map<number, string>();
  run.groups.forEach((_, group) => {
    const match = matchFor(state, run, group);
    if (match.workers === 0 && match.missing.length > 0) groups.set(group, match.missing.join(", "));
  });
  if (groups.size === 0) return [];
  const byMissing = new Map<string, number[]>();
  run.tasks.forEach((task, index) => {
    const missing = groups.get(task.group);
    if (task.status !== "pending" || missing === undefined) return;
    const tasks = byMissing.get(missing);
    if (tasks === undefined) byMissing.set(missing, [index]);
    else tasks.push(index);
  });
  return [...byMissing].map(([missing, tasks]) => ({ missing, tasks }));
}

function hasLiveWorker(state: SchedulerState, run: RunState): boolean {
  for (const worker of state.workers.values()) if (worker.status === "live" && isOfRun(run, worker)) return true;
  return false;
}

function describe(count: number): string {
  return count === 1 ? "1 task needs" : `${count} tasks need`;
}
