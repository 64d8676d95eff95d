import type { Bar, Layout } from "../../../../../../packages/core/report-page/timeline-layout.ts";
import type { ModelAttempt, RunModel } from "../run-model.ts";

/** A run's bars, and which rows are whose. */
export interface RunLayout extends Layout {
  /** Of each worker, in the model's order: its first row, and the one after its last. */
  readonly rows: readonly { readonly from: number; readonly until: number }[];
}

/** A bar of the picture, and which of its causes it has; the report's picture knows two of them. */
const again = { first: undefined, retry: "retry", migrated: "retry", duplicate: "duplicate" } as const;

const byName = new Intl.Collator("en", { numeric: true });

/**
 * Puts every attempt on the first row of its worker that is free when it starts; workers stand in the order of their names.
 * @param now_ms where what still runs ends for now
 */
export function layOutRun(model: RunModel, now_ms: number): RunLayout {
  const byWorker: ModelAttempt[][] = model.workers.map(() => []);
  for (const attempt of model.attempts) if (hasBegun(attempt)) byWorker[attempt.worker]?.push(attempt);
  const lost = lostWorkers(model);
  const lanes: { worker: string; named: boolean; lost: boolean; bars: Bar[] }[] = [];
  const rows = model.workers.map(() => ({ from: 0, until: 0 }));
  const named = model.workers.map((worker, place) => ({ worker, place }));
  for (const { worker, place } of named.sort((a, b) => byName.compare(a.worker, b.worker))) {
    const row = { worker, lost: lost.has(place) };
    const from = lanes.length;
    lanes.push({ ...row, named: true, bars: [] });
    for (const attempt of byWorker[place]?.sort((a, b) => a.start_ms - b.start_ms) ?? []) {
      const bar = barOf(attempt, isAnother(attempt, model), now_ms);
      let lane = from;
      while (lane < lanes.length && (lanes[lane]?.bars.at(-1)?.to_ms ?? 0) > bar.from_ms + 0.5) lane += 1;
      if (lane === lanes.length) lanes.push({ ...row, named: false, bars: [] });
      lanes[lane]?.bars.push({ ...bar, lane });
    }
    rows[place] = { from, until: lanes.length };
  }
  const bars = lanes.flatMap((lane) => lane.bars);
  return { lanes, bars, rows, end_ms: bars.reduce((end, { to_ms }) => Math.max(end, to_ms), 1) };
}

/** What was handed back as it came has nothing to show: it would be a line in a row of its own. */
function hasBegun({ outcome, start_ms, end_ms }: ModelAttempt): boolean {
  return outcome !== "released" || end_ms === undefined || end_ms > start_ms;
}

/** Whether one before it had begun. */
function isAnother({ task, attempt }: ModelAttempt, model: RunModel): boolean {
  return model.attemptsOf(task).some((each) => each.attempt < attempt && hasBegun(each));
}

function barOf(
  { task, attempt, start_ms, end_ms, outcome, cause }: ModelAttempt,
  isAgain: boolean,
  now_ms: number,
): Omit<Bar, "lane"> {
  const to_ms = Math.max(start_ms, end_ms ?? now_ms);
  return { task, from_ms: start_ms, to_ms, status: outcome, attempt, again: isAgain ? again[cause] : undefined };
}

/** Those that the marks, or an attempt that went with it, say were lost. */
function lostWorkers(model: RunModel): ReadonlySet<number> {
  const lost = new Set<number>();
  for (const { outcome, worker } of model.attempts) if (outcome === "lost") lost.add(worker);
  for (const { gone, worker } of model.marks) if (gone === "lost" && worker !== undefined) lost.add(worker);
  return lost;
}
