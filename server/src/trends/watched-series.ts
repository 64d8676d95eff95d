import { type SeriesAnalysis, type SeriesPoint, SeriesState } from "@shardwright/core";
import type { SeriesRow, WatchedPoint } from "../database/queries/trend-alerts.ts";
import type { Queries } from "../database/queries.ts";

/** Points of a series that are read: some more than are analysed, for some of them are marked. */
const pointsRead = 2500;
/** Points of all series whose analysis is kept to be gone on with; about 100 bytes each. */
const rememberedPoints = 400_000;

/** A point that may name what an analysis does not need. */
export type TimedPoint = SeriesPoint & { readonly at_ms: number };

/** A series on the branch that is watched, and what it says. */
export interface WatchedSeries {
  readonly row: SeriesRow;
  readonly branch: string;
  /** In the order of the commits. */
  readonly points: readonly TimedPoint[];
  readonly analysis: SeriesAnalysis;
}

interface Kept {
  readonly branch: string;
  readonly minimumEffect: number;
  readonly state: SeriesState;
  /** What it was given so far. */
  points: readonly WatchedPoint[];
}

/**
 * The analyses of series, which go on with the points that came since, for as long as there is room; those that were not asked for for longest
 * are given up, and made anew from the tables.
 */
export class SeriesReader {
  readonly #queries: Pick<Queries, "alerts">;
  readonly #limit: number;
  readonly #kept = new Map<number, Kept>();
  #points = 0;

  constructor(queries: Pick<Queries, "alerts">, limit_points = rememberedPoints) {
    this.#queries = queries;
    this.#limit = limit_points;
  }

  /** Points whose analyses are kept. */
  get size(): number {
    return this.#points;
  }

  /**
   * @param branches in the order in which they are looked for
   * @param minimumEffect as a share of the level
   * @returns undefined for a series that is gone, or was measured on none of them
   */
  read(id: number, branches: readonly string[], minimumEffect: number): WatchedSeries | undefined {
    const { alerts } = this.#queries;
    const row = alerts.series(id);
    if (row === undefined) return undefined;
    for (const branch of branches) {
      const points = alerts.points({ series: id, project: row.project, branch }, pointsRead);
      if (points.length === 0) continue;
      const analysis = this.#stateOf(row, branch, minimumEffect, points).analysis();
      return { row, branch, points: points.map(pointOf), analysis };
    }
    this.#forget(id);
    return undefined;
  }

  clear(): void {
    this.#kept.clear();
    this.#points = 0;
  }

  #stateOf(row: SeriesRow, branch: string, minimumEffect: number, points: readonly WatchedPoint[]): SeriesState {
    const known = this.#kept.get(row.id);
    const goesOn = known?.branch === branch && known.minimumEffect === minimumEffect && beginsWith(points, known.points);
    this.#forget(row.id);
    const state = goesOn
      ? known.state
      : new SeriesState({ id: String(row.id), unit: row.unit, better: row.better }, { minimumEffect });
    if (goesOn) for (const point of points.slice(known.points.length)) state.add(pointOf(point));
    else state.addAll(points.map(pointOf));
    this.#kept.set(row.id, { branch, minimumEffect, state, points });
    this.#points += points.length;
    for (const [oldest] of this.#kept) {
      if (this.#points <= this.#limit) break;
      this.#forget(oldest);
    }
    return state;
  }

  #forget(id: number): void {
    this.#points -= this.#kept.get(id)?.points.length ?? 0;
    this.#kept.delete(id);
  }
}

function beginsWith(points: readonly WatchedPoint[], known: readonly WatchedPoint[]): boolean {
  return (
    points.length >= known.length &&
    known.every(({ source, value, marked, machine }, index) => {
      const point = points[index];
      return point?.source === source && point.value === value && point.marked === marked && point.machine === machine;
    })
  );
}

function pointOf({ value, at_ms, commit, machine, marked }: WatchedPoint): TimedPoint {
  return {
    value,
    at_ms,
    ...(commit !== null && { commit }),
    ...(machine !== null && { machine }),
    ...(marked === 1 && { partial: true }),
  };
}
