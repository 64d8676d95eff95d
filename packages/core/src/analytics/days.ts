export const day_ms = 86_400_000;
const week_days = 7;
/** 1970 began on a Thursday, and weeks begin on a Monday (ISO 8601). */
const firstMonday = 4;

/** Days since 1970, by UTC. */
export function dayOf(at_ms: number): number {
  return Math.floor(at_ms / day_ms);
}

/** Weeks, counted from the one in which 1970 began. */
export function weekOf(day: number): number {
  return Math.floor((day - firstMonday) / week_days) + 1;
}

/** The day on which a week begins. */
export function firstDayOf(week: number): number {
  return (week - 1) * week_days + firstMonday;
}

/** Whole days that are looked at, today among them. */
export interface DayWindow {
  readonly first: number;
  readonly last: number;
}

export function windowOf(now_ms: number, days: number): DayWindow {
  const last = dayOf(now_ms);
  return { first: last - days + 1, last };
}

/** What of a stretch of time falls into each day of a window, milliseconds. */
export function* daysOf(
  begin_ms: number,
  end_ms: number,
  { first, last }: DayWindow,
): Generator<readonly [day: number, ms: number]> {
  const from_ms = Math.max(begin_ms, first * day_ms);
  const to_ms = Math.min(end_ms, (last + 1) * day_ms);
  for (let at_ms = from_ms; at_ms < to_ms;) {
    const day = dayOf(at_ms);
    const until_ms = Math.min(to_ms, (day + 1) * day_ms);
    yield [day, until_ms - at_ms];
    at_ms = until_ms;
  }
}
