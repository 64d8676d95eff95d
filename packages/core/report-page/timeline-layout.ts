import { statusName, type Model } from "./model.ts";

/** One attempt, placed. */
export interface Bar {
  readonly task: number;
  readonly lane: number;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly status: string;
  /** Number of the attempt. */
  readonly attempt: number;
  /** Why there was another attempt before it: it is tried again, or was begun once more while that one was under way. */
  readonly again?: "retry" | "duplicate" | undefined;
}

/** A row of the timeline: one thing at a time. A worker has as many as it did things at once. */
interface Lane {
  readonly worker: string;
  /** The first of its worker's rows carries the name. */
  readonly named: boolean;
  readonly lost: boolean;
  readonly bars: Bar[];
}

export interface Layout {
  readonly lanes: readonly Lane[];
  readonly bars: readonly Bar[];
  readonly end_ms: number;
}

/** What marks a bar that is not its task's first. */
export const againGlyphs = { retry: "↻", duplicate: "⧉" } as const;

/** Puts every attempt on the first row of its worker that is free when it starts. */
export function layOut(model: Model): Layout {
  const { strings, tasks, workers } = model.payload;
  const by_worker = new Map<string, Omit<Bar, "lane">[]>(workers.map((worker) => [worker.name, []]));
  for (const [task, entry] of tasks.entries()) {
    for (const attempt of entry.attempts) {
      const name = strings[attempt.w] ?? "";
      const bars = by_worker.get(name) ?? [];
      by_worker.set(name, bars);
      const to_ms = Math.max(attempt.ended_ms, attempt.started_ms);
      const again = attempt.duplicate === true ? "duplicate" : attempt.n > 1 ? "retry" : undefined;
      bars.push({ task, from_ms: attempt.started_ms, to_ms, status: statusName(attempt.status), attempt: attempt.n, again });
    }
  }
  const lost = new Set(workers.filter((worker) => worker.status === "lost").map((worker) => worker.name));
  const lanes: Lane[] = [];
  for (const [worker, bars] of by_worker) placeWorker(worker, bars, lost.has(worker), lanes);
  const all = lanes.flatMap((lane) => lane.bars);
  return { lanes, bars: all, end_ms: all.reduce((end, bar) => Math.max(end, bar.to_ms), 1) };
}

function placeWorker(worker: string, bars: Omit<Bar, "lane">[], lost: boolean, lanes: Lane[]): void {
  const first = lanes.length;
  lanes.push({ worker, named: true, lost, bars: [] });
  for (const bar of bars.sort((a, b) => a.from_ms - b.from_ms)) {
    let lane = first;
    while (lane < lanes.length && (lanes[lane]?.bars.at(-1)?.to_ms ?? 0) > bar.from_ms + 0.5) lane += 1;
    if (lane === lanes.length) lanes.push({ worker, named: false, lost, bars: [] });
    lanes[lane]?.bars.push({ ...bar, lane });
  }
}

/** Round steps for the axis: about one for every `apart` pixels. */
export function ticks(from_ms: number, to_ms: number, width: number, apart = 90): number[] {
  const wanted = ((to_ms - from_ms) * apart) / Math.max(width, 1);
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(wanted, 0.001)));
  const decimal = [1, 2, 5, 10].map((factor) => factor * magnitude).find((step) => step >= wanted) ?? wanted;
  // From seconds on, people count in sixties.
  const round = [15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000];
  const step = wanted <= 10_000 ? decimal : (round.find((candidate) => candidate >= wanted) ?? decimal);
  const marks: number[] = [];
  for (let mark = Math.ceil(from_ms / step) * step; mark <= to_ms && marks.length < 200; mark += step) marks.push(mark);
  return marks;
}

/** The bar next to another one in a direction; undefined at the edge. */
export function neighbour(layout: Layout, bar: Bar, key: string): Bar | undefined {
  const lane = layout.lanes[bar.lane]?.bars ?? [];
  const place = lane.indexOf(bar);
  if (key === "ArrowLeft") return lane[place - 1];
  if (key === "ArrowRight") return lane[place + 1];
  const step = key === "ArrowUp" ? -1 : 1;
  for (let other = bar.lane + step; other >= 0 && other < layout.lanes.length; other += step) {
    const bars = layout.lanes[other]?.bars ?? [];
    if (bars.length > 0) return nearest(bars, (bar.from_ms + bar.to_ms) / 2);
  }
  return undefined;
}

function nearest(bars: readonly Bar[], at_ms: number): Bar | undefined {
  const away = (bar: Bar) => Math.max(bar.from_ms - at_ms, at_ms - bar.to_ms, 0);
  return bars.reduce<Bar | undefined>((best, bar) => (best === undefined || away(bar) < away(best) ? bar : best), undefined);
}
