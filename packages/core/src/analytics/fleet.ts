import { type DayWindow, daysOf } from "./days.ts";
import type { PricedWorker } from "./prices.ts";

/** A worker for as long as it was there. */
export interface WorkerSpan extends PricedWorker {
  readonly worker: string;
  readonly slots: number;
  readonly begin_ms: number;
  readonly end_ms: number;
}

/** How long a worker ran tests on one day, of one project or of all: its slots count each by itself. */
export interface WorkerUse {
  readonly worker: string;
  readonly day: number;
  readonly busy_ms: number;
  /** Of that, what was for the project that is asked for. */
  readonly own_ms: number;
}

/** What a fleet offered and what was made of it. Money is absent where no price fits. */
export interface FleetFigures {
  /** Slots times the time for which they were there. */
  readonly offered_ms: number;
  readonly busy_ms: number;
  readonly own_ms: number;
  /** Hours of workers, whatever their slots. */
  readonly worker_hours: number;
  /** Of all the time for which priced workers were there, and of the project's share in what ran on them. */
  readonly paid: number;
  readonly own_cost: number;
  /** Hours of workers that have no price. */
  readonly unpriced_hours: number;
}

export interface FleetUse {
  readonly total: FleetFigures;
  /** Each day of the window on which there was a worker. */
  readonly days: readonly (FleetFigures & { readonly day: number })[];
  readonly classes: readonly (FleetFigures & { readonly hardware_class: string })[];
}

type Sums = { -readonly [Name in keyof FleetFigures]: FleetFigures[Name] };
const hour_ms = 3_600_000;

/**
 * What the workers of a fleet offered in a window of days, how much of it tests used, and what that cost: a slot's hour costs its share of
 * its worker's. What a day's tests took counts for the day on which they ended.
 * @param priceOf of an hour of a worker; undefined where it has none
 */
export function fleetUse(
  spans: readonly WorkerSpan[],
  uses: readonly WorkerUse[],
  window: DayWindow,
  priceOf: (worker: PricedWorker) => number | undefined,
): FleetUse {
  const total = noFigures();
  const days = new Map<number, Sums>();
  const classes = new Map<string, Sums>();
  const usesOf = Map.groupBy(uses, ({ worker }) => worker);
  for (const span of spans) {
    const price = priceOf(span);
    const ofClass = sumsOf(classes, span.hardware_class);
    for (const [day, there_ms] of daysOf(span.begin_ms, span.end_ms, window))
      for (const sums of [total, ofClass, sumsOf(days, day)]) addTime(sums, span, there_ms, price);
    for (const use of usesOf.get(span.worker) ?? [])
      if (use.day >= window.first && use.day <= window.last)
        for (const sums of [total, ofClass, sumsOf(days, use.day)]) addUse(sums, span, use, price);
  }
  return {
    total,
    days: [...days].map(([day, sums]) => ({ day, ...sums })).sort((a, b) => a.day - b.day),
    classes: [...classes]
      .map(([hardware_class, sums]) => ({ hardware_class, ...sums }))
      .filter(({ offered_ms, busy_ms }) => offered_ms + busy_ms > 0)
      .sort((a, b) => b.offered_ms - a.offered_ms || (a.hardware_class < b.hardware_class ? -1 : 1)),
  };
}

function addTime(sums: Sums, { slots }: WorkerSpan, there_ms: number, price: number | undefined): void {
  const hours = there_ms / hour_ms;
  sums.offered_ms += there_ms * slots;
  sums.worker_hours += hours;
  if (price === undefined) sums.unpriced_hours += hours;
  else sums.paid += hours * price;
}

function addUse(sums: Sums, { slots }: WorkerSpan, { busy_ms, own_ms }: WorkerUse, price = 0): void {
  sums.busy_ms += busy_ms;
  sums.own_ms += own_ms;
  sums.own_cost += (own_ms / hour_ms / slots) * price;
}

function sumsOf<Key>(known: Map<Key, Sums>, key: Key): Sums {
  let sums = known.get(key);
  if (sums === undefined) known.set(key, (sums = noFigures()));
  return sums;
}

function noFigures(): Sums {
  return { offered_ms: 0, busy_ms: 0, own_ms: 0, worker_hours: 0, paid: 0, own_cost: 0, unpriced_hours: 0 };
}
