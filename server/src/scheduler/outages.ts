import {
  type CaseResult,
  type FactBody,
  type Failure,
  type Outage,
  type OutageScene,
  type OutageSign,
  type Recovery,
  alikePause_ms,
  blameFor,
  fingerprintOf,
  formatDuration,
  isEnvironmental,
  outageGrace_ms,
  outageLimit_ms,
  plural,
  watchOutage,
} from "@shardwright/core";
import { refOf } from "./doubts.ts";
import { noticeKey, noticeOnce } from "./notices.ts";
import type { AttemptState, RunState, TaskState } from "./run-state.ts";
import type { SchedulerState } from "./state.ts";
import { putBack } from "./waiting.ts";

/** What an attempt failed with, as far as it tells of something that many tests need. */
export type FailureSign = Required<Pick<OutageSign, "failedWith" | "environmental">>;

interface Ended {
  readonly run: RunState;
  readonly task: TaskState;
  readonly index: number;
  readonly attempt: AttemptState;
}

/** What all failures have in common whose words point at the network or a service: the address may differ, and the words. */
const surroundings = "surroundings";
const detailsRead = 1000;
const noPause = { pause_ms: 0 } as const;

/** By the first case of it that failed. */
export function signOfCase(
  file: string,
  { message = "", details = "", path, file: own = file }: CaseResult,
): FailureSign | undefined {
  // Nothing is like everything.
  if (message === "" && details === "") return undefined;
  const environmental = isEnvironmental("assertion", `${message}\n${details.slice(0, detailsRead)}`);
  if (environmental) return { failedWith: surroundings, environmental };
  return { failedWith: fingerprintOf({ kind: "assertion", message, details, file: own, path }).key, environmental };
}

function signOfFailure(file: string, { kind, message }: Failure): FailureSign {
  const environmental = isEnvironmental("assertion", message);
  return { failedWith: environmental ? surroundings : fingerprintOf({ kind, message, file }).key, environmental };
}

/** `recovery`: what is decided for it. `pause_ms`: nothing is, but it is not to be tried again before. */
type Waiting = { readonly recovery: Recovery } | { readonly pause_ms: number };

/** Whether a task that failed is to wait until what it needs is back, as many others that fail like it. */
export function waitForOutage(state: SchedulerState, ended: Ended, failure: Failure | undefined, facts: FactBody[]): Waiting {
  const { run, task, index, attempt } = ended;
  const { max_retries, recovery: strategy } = run.options;
  // Who wants no retries wants to see each failure; and what is repeated because it is new is to show all of them.
  if (max_retries === 0 || strategy === "minimal" || task.spec.repeat !== undefined) return noPause;
  if (!blameFor(failure?.kind ?? "assertion").test || failure?.conclusive === true) return noPause;
  const sign = attempt.sign ?? (failure && signOfFailure(task.spec.file, failure));
  if (sign === undefined) return noPause;
  // A runner that does not work has a breaker of its own.
  if (!sign.environmental && blameFor(failure?.kind ?? "assertion").runner) return noPause;
  const at_ms = state.clock.monotonic_ms();
  const seen = { unit: index, worker: attempt.worker, at_ms, ...sign, isAgain: task.recovery !== undefined };
  const { watch, step } = watchOutage(run.outages, seen, () => sceneOf(state, run));
  run.outages = watch;
  if (step.type === "over") endOutage(state, run, step.outage, false, facts);
  if (step.type !== "wait" || watch.outage === undefined)
    return step.type === "none" && step.isAlike ? { pause_ms: alikePause_ms } : noPause;
  const { outage, recent } = watch;
  if (step.isFirst) {
    const alike = recent.filter(({ failedWith }) => failedWith === outage.failedWith);
    // It was not the workers that these failed on.
    for (const { unit, worker } of alike) state.workers.get(worker)?.failing.delete(refOf(run, unit));
    const files = new Set(alike.map(({ unit }) => unit)).size;
    const workers = plural(new Set(alike.map(({ worker }) => worker)).size, "worker");
    const message = `${files} files begin to fail alike, on ${workers}: something that they need seems to be away. What fails like that waits for it, at no test's expense, for ${formatDuration(outageLimit_ms)} at most.`;
    noticeOnce(run, "outage", message, facts);
  }
  state.workers.get(attempt.worker)?.failing.delete(refOf(run, index));
  const from_ms = (delay_ms: number) => Math.round(state.clock.now_ms() + Math.max(0, delay_ms));
  const probe_ms = outage.probe_ms - at_ms;
  if (step.isProbe)
    for (const other of outage.waiting) if (other !== index) postpone(state, run, other, from_ms(probe_ms + outageGrace_ms));
  const due_ms = from_ms(step.isProbe ? probe_ms : probe_ms + outageGrace_ms);
  return { recovery: { action: "again", level: 1, charged: "surroundings", from_ms: due_ms } };
}

/** A task has passed: if it was one of those that waited, what they wait for is back. */
export function notePassed(state: SchedulerState, { run, index, attempt }: Ended, facts: FactBody[]): void {
  const seen = { unit: index, worker: attempt.worker, at_ms: state.clock.monotonic_ms() };
  const { watch, step } = watchOutage(run.outages, seen, () => sceneOf(state, run));
  run.outages = watch;
  if (step.type === "over") endOutage(state, run, step.outage, true, facts);
}

function endOutage(state: SchedulerState, run: RunState, outage: Outage, isBack: boolean, facts: FactBody[]): void {
  const lasted = formatDuration(state.clock.monotonic_ms() - outage.since_ms);
  const message = isBack
    ? `What the tests had needed is back after ${lasted}.`
    : `What fails alike still fails after ${lasted}: from here on it costs retries.`;
  noticeOnce(run, "outage", message, facts);
  for (const index of outage.waiting) postpone(state, run, index, Math.round(state.clock.now_ms()));
}

/** Whether something that its tests need seemed to be away, be it in an earlier leader's time. */
export function hadOutage({ notices }: RunState): boolean {
  return [...notices].some((key) => key.startsWith(noticeKey("outage", "")));
}

/** Sets anew from when on a waiting task may be dealt. */
function postpone(state: SchedulerState, run: RunState, index: number, from_ms: number): void {
  const task = run.task(index);
  if (task?.status !== "pending" || task.recovery === undefined) return;
  task.recovery = { ...task.recovery, from_ms };
  putBack(state, run, index);
}

function sceneOf({ workers }: SchedulerState, { open }: RunState): OutageScene {
  return { workers: [...workers.values()].filter(({ status }) => status === "live").length, open };
}
