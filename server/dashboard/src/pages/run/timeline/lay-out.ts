import type { Bar, Layout } from "../../../../../../packages/core/report-page/timeline-layout.ts";
import type { ModelAttempt, RunModel } from "../run-model.ts";

/** A bar of the picture, and which of its causes it has; the report's picture knows two of them. */
const again = { first: undefined, retry: "retry", migrated: "retry", duplicate: "duplicate" } as const;

/** Puts every attempt on the first row of its worker that is free when it starts. @param now_ms where what still runs ends for now */
export function layOutRun(model: RunModel, now_ms: number): Layout {
  const byWorker: ModelAttempt[][] = model.workers.map(() => []);
  for (const attempt of model.attempts) byWorker[attempt.worker]?.push(attempt);
  const gone = goneWorkers(model);
  const lanes: { worker: string; named: boolean; lost: boolean; bars: Bar[] }[] = [];
  for (const [place, attempts] of byWorker.entries()) {
    const worker = model.workers[place] ?? "";
    const first = lanes.length;
    const lost = gone.has(place);
    lanes.push({ worker, named: true, lost, bars: [] });
    for (const attempt of attempts.sort((a, b) => a.start_ms - b.start_ms)) {
      const bar = barOf(attempt, now_ms);
      let lane = first;
      while (lane < lanes.length && (lanes[lane]?.bars.at(-1)?.to_ms ?? 0) > bar.from_ms + 0.5) lane += 1;
      if (lane === lanes.length) lanes.push({ worker, named: false, lost, bars: [] });
      lanes[lane]?.bars.push({ ...bar, lane });
    }
  }
  const bars = lanes.flatMap((lane) => lane.bars);
  return { lanes, bars, end_ms: bars.reduce((end, { to_ms }) => Math.max(end, to_ms), 1) };
}

function barOf({ task, attempt, start_ms, end_ms, outcome, cause }: ModelAttempt, now_ms: number): Omit<Bar, "lane"> {
  const to_ms = Math.max(start_ms, end_ms ?? now_ms);
  return { task, from_ms: start_ms, to_ms, status: outcome, attempt, again: again[cause] };
}

/** Those that the marks, or an attempt that went with it, say were lost. */
function goneWorkers(model: RunModel): ReadonlySet<number> {
  const gone = new Set<number>();
  for (const { outcome, worker } of model.attempts) if (outcome === "lost") gone.add(worker);
  return gone;
}
