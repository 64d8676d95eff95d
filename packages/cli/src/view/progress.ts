import type { RunEvent, TaskStatus } from "@shardwright/core";

interface RunningTask {
  readonly task: number;
  readonly file: string;
  readonly attempt: number;
  /** The coordinator's clock. */
  readonly since_ms: number;
  /** It runs on another worker, too. */
  readonly isDuplicate: boolean;
}

/** What the events so far say of a run. A value: `applyEvent` changes it in place, renderers read it. */
export interface Progress {
  total: number;
  readonly statuses: Map<number, TaskStatus>;
  readonly failedBefore: Set<number>;
  /** Tasks that failed in quarantine. */
  readonly quarantined: Set<number>;
  /** Tasks with an attempt that went wrong, whoever was to blame: how they fare is worth a line. */
  readonly told: Set<number>;
  /** Tasks of each worker, oldest first; the first one is what runs, the others wait in its batch. */
  readonly workers: Map<string, RunningTask[]>;
  readonly lostWorkers: Set<string>;
  cases: { passed: number; failed: number; errored: number; skipped: number };
  retries: number;
  submitted_at_ms: number;
  ended: Extract<RunEvent, { type: "ended" }> | undefined;
}

export function startProgress(): Progress {
  return {
    total: 0,
    statuses: new Map(),
    failedBefore: new Set(),
    quarantined: new Set(),
    told: new Set(),
    workers: new Map(),
    lostWorkers: new Set(),
    cases: { passed: 0, failed: 0, errored: 0, skipped: 0 },
    retries: 0,
    submitted_at_ms: 0,
    ended: undefined,
  };
}

export function applyEvent(progress: Progress, event: RunEvent): void {
  switch (event.type) {
    case "submitted":
      progress.total = event.tasks;
      progress.submitted_at_ms = event.at_ms;
      return;
    case "reopened":
      // What had passed before is not run again, and not counted again.
      progress.total = event.tasks;
      progress.submitted_at_ms = event.at_ms;
      progress.ended = undefined;
      return;
    case "leased": {
      const tasks = progress.workers.get(event.worker_name) ?? [];
      // A worker of this name has come back.
      progress.lostWorkers.delete(event.worker_name);
      for (const { task, attempt, file, duplicate } of event.tasks)
        tasks.push({ task, attempt, file, since_ms: event.at_ms, isDuplicate: duplicate === true });
      progress.workers.set(event.worker_name, tasks);
      return;
    }
    case "cases":
      for (const [status, count] of Object.entries(event.counts)) progress.cases[status as keyof Progress["cases"]] += count;
      return;
    case "attempt":
      finishAttempt(progress, event);
      return;
    case "notice":
      if (event.code === "worker-lost") rememberLost(progress, event.message);
      return;
    case "ended":
      progress.ended = event;
      return;
    case "settled":
      return;
  }
}

function finishAttempt(progress: Progress, event: Extract<RunEvent, { type: "attempt" }>): void {
  for (const [worker, tasks] of progress.workers) {
    const rest = tasks.filter((running) => running.task !== event.task || running.attempt !== event.attempt);
    if (rest.length === tasks.length) continue;
    // What comes next in the batch starts now.
    progress.workers.set(worker, rest[0] === undefined ? [] : [{ ...rest[0], since_ms: event.at_ms }, ...rest.slice(1)]);
  }
  progress.statuses.set(event.task, event.task_status);
  if (event.quarantined === true && event.task_status === "failed") progress.quarantined.add(event.task);
  else progress.quarantined.delete(event.task);
  if (event.outcome === "failed" || event.outcome === "errored") progress.failedBefore.add(event.task);
  if (event.outcome === "failed" || event.outcome === "errored" || event.outcome === "lost") progress.told.add(event.task);
  if (event.task_status === "pending" && event.outcome !== "released") progress.retries += 1;
}

function rememberLost(progress: Progress, message: string): void {
  // Its name alone would not do: local-1 is also in what is said of local-10.
  for (const name of progress.workers.keys()) if (message.startsWith(`${name} was lost `)) progress.lostWorkers.add(name);
}

export interface ProgressCounts {
  readonly done: number;
  readonly passed: number;
  readonly flaky: number;
  readonly failed: number;
  readonly errored: number;
  readonly skipped: number;
  readonly quarantined: number;
}

export function countProgress(progress: Progress): ProgressCounts {
  const counts = { done: 0, passed: 0, flaky: 0, failed: 0, errored: 0, skipped: 0, quarantined: 0 };
  for (const [task, status] of progress.statuses) {
    if (status === "pending" || status === "leased") continue;
    counts.done += 1;
    if (status === "passed" && progress.failedBefore.has(task)) counts.flaky += 1;
    else if (progress.quarantined.has(task)) counts.quarantined += 1;
    else if (status === "passed" || status === "failed" || status === "errored" || status === "skipped") counts[status] += 1;
  }
  return counts;
}

/**
 * How long the rest may take: the expected time of what is open, spread over the workers, and never less than the longest of it.
 * Without any history it goes by the pace so far. Undefined until something is done.
 * @param estimates_ms expected durations by task index; may lack some
 */
export function remaining_ms(progress: Progress, estimates_ms: ReadonlyMap<number, number>, now_ms: number): number | undefined {
  const { done } = countProgress(progress);
  const workers = Math.max(1, progress.workers.size - progress.lostWorkers.size);
  if (estimates_ms.size < progress.total / 2) {
    if (done === 0) return undefined;
    return ((now_ms - progress.submitted_at_ms) / done) * (progress.total - done);
  }
  let open_ms = 0;
  let longest_ms = 0;
  const started = new Map<number, number>();
  for (const [running] of progress.workers.values())
    if (running !== undefined && !running.isDuplicate) started.set(running.task, running.since_ms);
  for (let task = 0; task < progress.total; task += 1) {
    const status = progress.statuses.get(task);
    if (status !== undefined && status !== "pending" && status !== "leased") continue;
    const since_ms = started.get(task);
    const left_ms = Math.max(0, (estimates_ms.get(task) ?? 1000) - (since_ms === undefined ? 0 : now_ms - since_ms));
    open_ms += left_ms;
    longest_ms = Math.max(longest_ms, left_ms);
  }
  return Math.max(longest_ms, open_ms / workers);
}
