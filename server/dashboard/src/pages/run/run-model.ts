import type { AttemptStatus, RunChart, RunEvent } from "@shardwright/core";

type TaskStatus = RunChart["tasks"]["status"][number];
type Cause = RunChart["causes"][number];

export interface ModelAttempt {
  readonly task: number;
  readonly attempt: number;
  readonly worker: number;
  readonly start_ms: number;
  /** Undefined while it runs. */
  readonly end_ms: number | undefined;
  readonly outcome: AttemptStatus;
  readonly cause: Cause;
}

export type Mark = RunChart["marks"][number];

/** Who ran what when, kept up to date by the run's events. Moments are milliseconds since the run was submitted. */
export class RunModel {
  readonly submitted_at_ms: number;
  readonly workers: string[];
  readonly files: readonly string[];
  readonly parts: ReadonlyMap<number, string>;
  readonly statuses: TaskStatus[];
  readonly marks: Mark[];
  readonly leftOut: number;
  readonly #attempts = new Map<string, ModelAttempt>();
  readonly #workerPlaces = new Map<string, number>();
  /** Attempts of each task, oldest first. */
  readonly #ofTask = new Map<number, ModelAttempt[]>();

  constructor(chart: RunChart) {
    this.submitted_at_ms = chart.submitted_at_ms;
    this.workers = chart.workers.map(({ name }) => name);
    for (const [place, { id }] of chart.workers.entries()) this.#workerPlaces.set(id, place);
    this.files = chart.tasks.file;
    this.statuses = [...chart.tasks.status];
    this.parts = new Map(chart.tasks.parts.map(({ task, part, of }) => [task, `part ${part + 1} of ${of}`]));
    this.marks = [...chart.marks];
    this.leftOut = chart.left_out.attempts;
    const { task, attempt, worker, start_ms, end_ms, outcome, cause } = chart.attempts;
    for (const [place, number] of task.entries()) {
      const end = end_ms[place] ?? -1;
      this.#put({
        task: number,
        attempt: attempt[place] ?? 1,
        worker: worker[place] ?? 0,
        start_ms: start_ms[place] ?? 0,
        end_ms: end < 0 ? undefined : end,
        outcome: chart.outcomes[outcome[place] ?? 0] ?? "running",
        cause: chart.causes[cause[place] ?? 0] ?? "first",
      });
    }
  }

  get attempts(): IterableIterator<ModelAttempt> {
    return this.#attempts.values();
  }

  get attemptCount(): number {
    return this.#attempts.size;
  }

  attemptsOf(task: number): readonly ModelAttempt[] {
    return this.#ofTask.get(task) ?? [];
  }

  /** What a task is called: its file, and which part of it. */
  nameOf(task: number): string {
    const part = this.parts.get(task);
    const file = this.files[task] ?? `task ${task}`;
    return part === undefined ? file : `${file} (${part})`;
  }

  /** Takes an event in; one that is known already changes nothing. @returns whether what it stands for has to be asked for anew */
  apply(event: RunEvent): boolean {
    const at_ms = Math.max(0, event.at_ms - this.submitted_at_ms);
    switch (event.type) {
      case "leased":
        for (const { task, attempt, duplicate } of event.tasks) {
          if (this.#attempts.has(`${task}/${attempt}`)) continue;
          const worker = this.#placeOf(event.worker, event.worker_name);
          const cause = duplicate === true ? "duplicate" : this.#causeOf(task);
          this.#put({ task, attempt, worker, start_ms: at_ms, end_ms: undefined, outcome: "running", cause });
          this.statuses[task] = "leased";
        }
        return false;
      case "attempt": {
        const { task, attempt, outcome, task_status, duration_ms } = event;
        const known = this.#attempts.get(`${task}/${attempt}`);
        if (known === undefined) return true;
        if (known.end_ms !== undefined && known.outcome === outcome) return false;
        const end_ms = Math.max(known.start_ms, at_ms);
        this.#put({ ...known, start_ms: Math.max(known.start_ms, end_ms - duration_ms), end_ms, outcome });
        this.statuses[task] = task_status;
        return false;
      }
      case "cases":
      case "submitted":
        return false;
      case "reopened":
      case "settled":
      case "notice":
      case "ended":
        return true;
    }
  }

  #causeOf(task: number): Cause {
    const last = this.attemptsOf(task).at(-1);
    if (last === undefined) return "first";
    return last.outcome === "lost" || last.outcome === "released" ? "migrated" : "retry";
  }

  #placeOf(id: string, name: string): number {
    const known = this.#workerPlaces.get(id);
    if (known !== undefined) return known;
    const place = this.workers.push(name) - 1;
    this.#workerPlaces.set(id, place);
    return place;
  }

  #put(attempt: ModelAttempt): void {
    const key = `${attempt.task}/${attempt.attempt}`;
    const own = this.#ofTask.get(attempt.task) ?? [];
    const place = own.findIndex((each) => each.attempt === attempt.attempt);
    if (place < 0) own.push(attempt);
    else own[place] = attempt;
    this.#ofTask.set(attempt.task, own);
    this.#attempts.set(key, attempt);
  }
}

/** How far a run is. */
export interface Progress {
  readonly total: number;
  readonly done: number;
  /** Tasks, however many attempts of them run at once. */
  readonly running: number;
  readonly byStatus: ReadonlyMap<TaskStatus, number>;
  /** About how long it still takes; undefined where too little is known. */
  readonly left_ms: number | undefined;
}

/** Finished attempts without which nothing is foretold. */
const leastKnown = 3;

/** By what finished tasks took and how many run at once: what is left takes as long as what was, on average. */
export function progressOf(model: RunModel): Progress {
  const byStatus = new Map<TaskStatus, number>();
  for (const status of model.statuses) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  let finished = 0;
  let finished_ms = 0;
  for (const { start_ms, end_ms } of model.attempts) {
    if (end_ms === undefined) continue;
    finished += 1;
    finished_ms += end_ms - start_ms;
  }
  // A task that was begun once more elsewhere is one task.
  const running = byStatus.get("leased") ?? 0;
  const open = (byStatus.get("pending") ?? 0) + running;
  const total = model.statuses.length;
  const left_ms = finished < leastKnown || running === 0 || open === 0 ? undefined : (open * (finished_ms / finished)) / running;
  return { total, done: total - open, running, byStatus, left_ms };
}
