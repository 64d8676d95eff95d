import type { PicturePoint, PictureSeries } from "../src/reports/trends/picture/picture-series.ts";
import type { PageTrend, TrendPayload } from "../src/reports/trends/html/payload.ts";

/** A point with all that is known of it. */
interface TrendFact extends PicturePoint {
  readonly commit: string | undefined;
  readonly commit_url: string | undefined;
  readonly run: string | undefined;
  readonly measured_by: string | undefined;
  readonly mark: string | undefined;
  readonly count: number;
}

export interface TrendModel {
  readonly name: string;
  readonly picture: PictureSeries;
  readonly facts: readonly TrendFact[];
}

/** The page's data, each series decoded. */
export function readTrends(json: string): TrendModel[] {
  const payload = JSON.parse(json) as TrendPayload;
  return payload.series.map((series) => {
    const facts = factsOf(series, payload);
    const { name, points: _, ...rest } = series;
    return { name, facts, picture: { ...rest, points: facts } };
  });
}

function factsOf({ points }: PageTrend, { strings, commits_at }: TrendPayload): TrendFact[] {
  const text = (column: readonly number[] | undefined, index: number) => strings[column?.[index] ?? -1];
  let seconds = 0;
  return points.values.map((value, index) => {
    seconds += points.seconds[index] ?? 0;
    const commit = text(points.commits, index);
    const mark = text(points.marks, index);
    const is_linked = commits_at !== undefined && commit !== undefined && /^[0-9a-f]{7,64}$/i.test(commit);
    return {
      value,
      at_ms: seconds * 1000,
      machine: points.shapes?.[index] ?? -1,
      is_left_out: mark !== undefined,
      commit,
      commit_url: is_linked ? commits_at + commit : undefined,
      run: text(points.runs, index),
      measured_by: text(points.machines, index),
      mark,
      count: points.counts?.[index] ?? 1,
    };
  });
}
