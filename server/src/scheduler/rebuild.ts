import { type DurationHistory, hardwareClass, knownDuration, paceLimit, withWorkerTag } from "@shardwright/core";
import type { WorkerRow } from "../database/queries/workers.ts";
import { restoreBreakers } from "./breakers.ts";
import { noticeKey } from "./notices.ts";
import { setRatios } from "./pool.ts";
import { restoredTasks } from "./restored-tasks.ts";
import { RunState } from "./run-state.ts";
import { openRun } from "./runs.ts";
import { checkAllRequirements } from "./satisfiability.ts";
import { enterLease } from "./sharing.ts";
import type { LeaseState, SchedulerState, WorkerState } from "./state.ts";
import { putBack } from "./waiting.ts";
import { newcomer, suspect } from "./workers.ts";

/**
 * Fills a new leader's memory from its tables. Leases keep their fences and get a fresh time to live, so that workers which kept
 * running while the coordinator was away carry on; a worker that does not come back is found out like any other.
 */
export function rebuild(state: SchedulerState): void {
  const { queries } = state;
  const facts: Parameters<SchedulerState["record"]>[0][number][] = [];
  state.tuner.begin(facts);
  state.lastFence = queries.workers.lastFence();
  for (const row of queries.workers.present()) {
    const worker = restoredWorker(state, row);
    state.workers.set(worker.id, worker);
  }
  restoreBreakers(state);
  restorePaces(state);
  for (const row of queries.runs.running()) {
    const run = new RunState({
      id: row.id,
      project: row.project,
      workspace: row.workspace,
      suites: row.suites,
      options: row.options,
      quarantine: row.quarantine ?? [],
      tasks: restoredTasks(queries, row),
      retries: row.retries,
      retryShare: state.options.retryShare,
      notices: queries.tasks.notices(row.id).map(({ code, message }) => noticeKey(code, message)),
      history: state.history(row.project),
    });
    restoreUse(state, run, row.opened_at_ms);
    restoreLeases(state, run);
    restoreSessions(state, run);
    const spent_ms = Math.max(0, state.clock.now_ms() - row.opened_at_ms);
    openRun(state, run, Math.max(1000, row.options.timeout_ms - spent_ms), facts);
  }
  checkAllRequirements(state, facts);
  for (const worker of state.workers.values()) suspect(state, worker, "silent");
  if (facts.length > 0) void state.record(facts);
}

function restoreLeases(state: SchedulerState, run: RunState): void {
  const now_ms = state.clock.monotonic_ms();
  run.tasks.forEach((task, index) => {
    if (task.status === "pending" && task.recovery !== undefined) putBack(state, run, index);
    for (const attempt of [task.current, task.duplicate]) {
      if (attempt?.status !== "running") continue;
      const worker = state.workers.get(attempt.worker);
      // Its worker was declared gone in the same breath as its tasks, so a running attempt has one.
      if (worker === undefined) throw new Error(`task ${index} of ${run.id} is leased to ${attempt.worker}, which is gone`);
      const lease: LeaseState = state.leases.get(attempt.fence) ?? {
        fence: attempt.fence,
        run,
        worker,
        tasks: new Set(),
        isDuplicate: attempt === task.duplicate,
        dealt_ms: now_ms,
        began_ms: now_ms,
        renewed_ms: now_ms,
      };
      lease.tasks.add(index);
      if (!state.leases.has(attempt.fence)) enterLease(state, lease);
    }
  });
}

/** Who may have set something up for the run's tests, and what is known of how that ended. */
function restoreSessions(state: SchedulerState, run: RunState): void {
  for (const { code, message } of state.queries.tasks.notices(run.id))
    if (code === "teardown-failed") run.teardownFailures.push(message);
  // When its tests are over already, nobody asks for work any more who could be told then.
  const former = run.open === 0 ? run.sessions : run.formerSessions;
  for (const id of state.queries.tasks.workers(run.id)) if (state.workers.has(id)) former.add(id);
}

/** What its leases have used so far, each from its dealing to its end; those that go on are entered anew as they are restored. */
function restoreUse(state: SchedulerState, run: RunState, opened_at_ms: number): void {
  const { clock, queries } = state;
  const ago_ms = clock.now_ms() - clock.monotonic_ms();
  const spans = queries.tasks.leaseSpans(run.id, opened_at_ms);
  run.hasBegun = spans.length > 0;
  const changes = spans.flatMap(({ leased_at_ms, ended_at_ms }) => [
    { at_ms: leased_at_ms, isBegin: true },
    { at_ms: ended_at_ms ?? clock.now_ms(), isBegin: false },
  ]);
  changes.sort((a, b) => a.at_ms - b.at_ms || Number(b.isBegin) - Number(a.isBegin));
  for (const { at_ms, isBegin } of changes) {
    if (isBegin) run.use.begin(at_ms - ago_ms);
    else run.use.end(at_ms - ago_ms);
  }
}

/** How fast each worker is, by what it did last. */
function restorePaces(state: SchedulerState): void {
  const histories = new Map<string, DurationHistory>();
  for (const worker of state.workers.values()) {
    const recent = state.queries.tasks.recentPassed(worker.id, paceLimit).toReversed();
    const ratios = recent.flatMap(({ project, key, duration_ms }) => {
      const history = histories.get(project) ?? state.history(project);
      histories.set(project, history);
      const usual_ms = knownDuration(history.get(key), worker.hardware_class);
      return usual_ms === undefined ? [] : [duration_ms / Math.max(1, usual_ms)];
    });
    setRatios(worker, ratios);
  }
}

function restoredWorker(state: SchedulerState, row: WorkerRow): WorkerState {
  return {
    id: row.id,
    name: row.name,
    instance: row.instance,
    slots: state.tuner.slotsFor(row.slots),
    ownSlots: row.slots,
    capabilities: withWorkerTag(row.capabilities, row.name),
    hardware_class: hardwareClass(row.capabilities),
    run: row.run ?? undefined,
    status: row.status === "draining" ? "draining" : "live",
    leases: new Map(),
    polls: new Set(),
    only: undefined,
    sinks: new Set(),
    ...newcomer(),
    standing: row.standing,
    forecasts: row.forecasts,
    seen_ms: state.clock.monotonic_ms(),
  };
}
