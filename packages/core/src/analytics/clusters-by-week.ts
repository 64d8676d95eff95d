import { type DayWindow, firstDayOf, weekOf } from "./days.ts";

/** How often tests failed in one way on one day. */
export interface FailureDay {
  readonly fingerprint: string;
  readonly day: number;
  readonly kind: string;
  readonly title: string;
  readonly runs: number;
  readonly cases: number;
}

/** One way in which tests failed, over the weeks of a window. */
export interface WeeklyCluster {
  readonly fingerprint: string;
  readonly kind: string;
  /** As it was last. */
  readonly title: string;
  readonly runs: number;
  readonly cases: number;
  readonly first_day: number;
  readonly last_day: number;
  /** Runs that showed it, in each week. */
  readonly by_week: readonly number[];
}

/** The first days of the weeks that a window touches. */
export function weeksOf({ first, last }: DayWindow): number[] {
  const from = weekOf(first);
  return Array.from({ length: weekOf(last) - from + 1 }, (_, index) => firstDayOf(from + index));
}

/** Ways in which tests fail, those that most runs showed first. */
export function clustersByWeek(rows: readonly FailureDay[], window: DayWindow): WeeklyCluster[] {
  const from = weekOf(window.first);
  const weeks = weekOf(window.last) - from + 1;
  return [...Map.groupBy(rows, ({ fingerprint }) => fingerprint)]
    .flatMap(([fingerprint, days]) => {
      const ordered = days.toSorted((a, b) => a.day - b.day);
      const [first] = ordered;
      const last = ordered.at(-1);
      if (first === undefined || last === undefined) return [];
      const by_week = Array.from({ length: weeks }, () => 0);
      for (const { day, runs } of ordered) by_week[weekOf(day) - from] = (by_week[weekOf(day) - from] ?? 0) + runs;
      return [
        {
          fingerprint,
          kind: last.kind,
          title: last.title,
          runs: sumOf(ordered.map(({ runs }) => runs)),
          cases: sumOf(ordered.map(({ cases }) => cases)),
          first_day: first.day,
          last_day: last.day,
          by_week,
        },
      ];
    })
    .sort((a, b) => b.runs - a.runs || b.cases - a.cases || (a.fingerprint < b.fingerprint ? -1 : 1));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
