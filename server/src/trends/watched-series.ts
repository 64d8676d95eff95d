import { type SeriesAnalysis, type SeriesPoint, SeriesState } from "@shardwright/core";
import type { SeriesRow, WatchedPoint } from "../database/queries/trend-alerts.ts";
import type { Queries } from "../database/queries.ts";

/** Points of a series that are read: some more than are analysed, for some of them are marked. */
const pointsRead = 2500;
/** Points of all series whose analysis is kept to be gone on with; about 100 bytes each, with what the analysis needs. */
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
  readonly given: Given;
}

/** Points as the tables have them, and as an analysis takes them. */
interface Read {
  readonly points: readonly WatchedPoint[];
  readonly timed: readonly TimedPoint[];
}

/** Points as their analysis knows them, in little room: there are hundreds of thousands of them. */
interface Given {
  readonly sources: Float64Array;
  readonly values: Float64Array;
  /** The machine of each, and whether it is left out. */
  readonly kinds: readonly string[];
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
      const once = onlyOnce();
      const timed = points.map((point) => pointOf(point, once));
      const analysis = this.#stateOf(row, { branch, minimumEffect, points, timed }).analysis();
      return { row, branch, points: timed, analysis };
    }
    this.#forget(id);
    return undefined;
  }

  clear(): void {
    this.#kept.clear();
    this.#points = 0;
  }

  #stateOf(row: SeriesRow, { branch, minimumEffect, points, timed }: Omit<Kept, "state" | "given"> & Read): SeriesState {
    const known = this.#kept.get(row.id);
    const goesOn = known?.branch === branch && known.minimumEffect === minimumEffect && beginsWith(points, known.given);
    this.#forget(row.id);
    const state = goesOn
      ? known.state
      : new SeriesState({ id: String(row.id), unit: row.unit, better: row.better }, { minimumEffect });
    if (goesOn) for (const point of timed.slice(known.given.kinds.length)) state.add(point);
    else state.addAll(timed);
    if (this.#limit === 0) return state;
    this.#kept.set(row.id, { branch, minimumEffect, state, given: givenOf(points) });
    this.#points += points.length;
    for (const [oldest] of this.#kept) {
      if (this.#points <= this.#limit) break;
      this.#forget(oldest);
    }
    return state;
  }

  #forget(id: number): void {
    this.#points -= this.#kept.get(id)?.given.kinds.length ?? 0;
    this.#kept.delete(id);
  }
}

function givenOf(points: readonly WatchedPoint[]): Given {
  const once = onlyOnce();
  return {
    sources: Float64Array.from(points, ({ source }) => source),
    values: Float64Array.from(points, ({ value }) => value),
    kinds: points.map((point) => once(kindOf(point))),
  };
}

function beginsWith(points: readonly WatchedPoint[], { sources, values, kinds }: Given): boolean {
  return (
    points.length >= kinds.length &&
    kinds.every((kind, index) => {
      const point = points[index];
      if (point === undefined) return false;
      return point.source === sources[index] && point.value === values[index] && kindOf(point) === kind;
    })
  );
}

/** Each row brings strings of its own, and there are few that differ. */
function onlyOnce(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text) ?? text;
    known.set(first, first);
    return first;
  };
}

function kindOf({ marked, machine }: WatchedPoint): string {
  return `${marked} ${machine ?? ""}`;
}

function pointOf({ value, at_ms, commit, machine, marked }: WatchedPoint, once: (text: string) => string): TimedPoint {
  return {
    value,
    at_ms,
    ...(commit !== null && { commit }),
    ...(machine !== null && { machine: once(machine) }),
    ...(marked === 1 && { partial: true }),
  };
}
