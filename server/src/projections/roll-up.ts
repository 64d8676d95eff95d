import { type PointMark, keeping } from "@shardwright/core";

const day_ms = 86_400_000;

/** A point of a series with what its source says of it. */
export interface RolledRow {
  readonly source: number;
  readonly value: number;
  readonly count: number;
  readonly spread: number | null;
  readonly mark: PointMark | null;
  /** Points it stands for already; 0 for one that is as it was measured. */
  readonly rolled: number;
  readonly at_ms: number;
  readonly branch: string | null;
  readonly proposed: number;
  readonly dropped: number;
  readonly state: "open" | "complete";
}

/** What becomes of a series: points that stand for several from now on, and those that go. */
export interface RolledUp {
  readonly kept: readonly Pick<RolledRow, "source" | "value" | "count" | "spread" | "rolled">[];
  /** Sources of the points that go. */
  readonly gone: readonly number[];
  /** Whether more is left for the next time. */
  readonly isMore: boolean;
}

/** Points of a series that stay as they were measured. */
export function rawOf(name: string): number {
  return name === "duration" ? keeping.rawDurations : keeping.rawMetrics;
}

/**
 * Of the points that are older than the newest `raw`, the ones of one day (in UTC) and branch become one: their median, at the latest of
 * them. Those that are left out of analysis, and those of changes that were only proposed, go. Nothing of an upload that is not complete is
 * touched.
 * @param rows of one series, oldest first
 * @param limit measured points that are rolled up, and dropped ones that go, at a time: the oldest
 */
export function rollUp(rows: readonly RolledRow[], raw: number, limit: number): RolledUp {
  const dropped = rows.filter((row) => row.dropped === 1);
  const gone = dropped.slice(0, limit).map(({ source }) => source);
  const seen = rows.filter((row) => row.dropped === 0 && row.state === "complete");
  const measured = seen.filter(({ rolled }) => rolled === 0);
  const due = Math.max(0, measured.length - raw);
  const now = due <= limit ? due : wholeDays(measured, limit);
  const old = new Set(measured.slice(0, now));
  const days = new Map<string, RolledRow[]>();
  for (const row of seen) {
    if (row.rolled === 0 && !old.has(row)) continue;
    if (row.mark !== null || row.proposed === 1) {
      gone.push(row.source);
      continue;
    }
    const day = `${Math.floor(row.at_ms / day_ms)} ${row.branch ?? ""}`;
    const others = days.get(day);
    if (others === undefined) days.set(day, [row]);
    else others.push(row);
  }
  const together = [...days.values()];
  const room = Math.max(0, keeping.pointsOfSeries - raw);
  const tooOld = together.slice(0, Math.max(0, together.length - room));
  for (const group of tooOld) gone.push(...group.map(({ source }) => source));
  const kept: RolledUp["kept"][number][] = [];
  for (const group of together.slice(tooOld.length)) {
    const last = group.at(-1);
    if (last === undefined || (group.length === 1 && last.rolled > 0)) continue;
    kept.push({ ...summaryOf(group), source: last.source });
    gone.push(...group.slice(0, -1).map(({ source }) => source));
  }
  return { kept, gone, isMore: now < due || dropped.length > limit };
}

/** As many of the first rows that no day is cut in two, where the limit lets at least one day be whole. */
function wholeDays(rows: readonly RolledRow[], limit: number): number {
  const dayOf = (place: number) => Math.floor((rows[place]?.at_ms ?? 0) / day_ms);
  let count = limit;
  while (count > 0 && dayOf(count) === dayOf(count - 1)) count -= 1;
  return count === 0 ? limit : count;
}

function summaryOf(group: readonly RolledRow[]): Pick<RolledRow, "value" | "count" | "spread" | "rolled"> {
  const [only] = group;
  if (group.length === 1 && only !== undefined) return { value: only.value, count: only.count, spread: only.spread, rolled: 1 };
  const value = weightedMedian(group.map((row) => [row.value, weightOf(row)]));
  return {
    value,
    count: group.reduce((sum, { count }) => sum + count, 0),
    spread: weightedMedian(group.map((row) => [Math.abs(row.value - value), weightOf(row)])),
    rolled: group.reduce((sum, row) => sum + weightOf(row), 0),
  };
}

function weightOf({ rolled }: RolledRow): number {
  return Math.max(1, rolled);
}

/** The median of values that stand for several alike: between the two in the middle where their weights are even. */
function weightedMedian(values: readonly (readonly [value: number, weight: number])[]): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let below = 0;
  for (const [place, [value, weight]] of sorted.entries()) {
    below += weight;
    if (below > half) return value;
    if (below === half) return value / 2 + (sorted[place + 1]?.[0] ?? value) / 2;
  }
  return sorted.at(-1)?.[0] ?? 0;
}
