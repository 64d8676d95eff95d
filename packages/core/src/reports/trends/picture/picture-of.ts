import type { DrawnTrend, ReportedTrend, TrendAnomaly, TrendChange } from "../trend-report.ts";
import { machinesApart, type PictureSeries } from "./picture-series.ts";

/** What a picture is made of: a report's series, or an analysis of one with its points. */
export interface DrawableTrend extends Pick<ReportedTrend, "unit" | "outlook"> {
  readonly changes: readonly Pick<TrendChange, "index" | "location" | "judgement">[];
  readonly anomalies: readonly Pick<TrendAnomaly, "index" | "judgement">[];
  readonly drawn?: Pick<DrawnTrend, "first" | "segments"> & { readonly points: readonly DrawablePoint[] };
}

interface DrawablePoint {
  readonly value: number;
  readonly at_ms: number;
  readonly machine?: string;
  /** Why it is left out, if it is. */
  readonly mark?: string;
}

/** What is drawn of a series, and the machines that are told apart in it, the one with the most points first. */
export interface TrendPicture {
  readonly series: PictureSeries;
  readonly machines: readonly string[];
}

/** Undefined where the report has no points of the series. @param since_ms what was before it is only there for comparison */
export function pictureOf(trend: DrawableTrend, since_ms?: number): TrendPicture | undefined {
  if (trend.drawn === undefined) return undefined;
  const { first, points, segments } = trend.drawn;
  const machines = machinesOf(trend);
  const places = new Map(machines.map((machine, place) => [machine, place]));
  const since = since_ms === undefined ? 0 : points.findIndex(({ at_ms }) => at_ms >= since_ms);
  const isThere = (index: number) => index >= first;
  return {
    machines,
    series: {
      unit: trend.unit,
      points: points.map(({ value, at_ms, machine, mark }) => ({
        value,
        at_ms,
        machine: places.get(machine ?? "") ?? -1,
        is_left_out: mark !== undefined,
      })),
      segments: segments.map(({ from, until, median, low, high }) => ({
        from: Math.max(0, from - first),
        until: until - first,
        median,
        low,
        high,
      })),
      changes: trend.changes.map(({ index, location, judgement }) => ({
        index: index - first,
        first: location.first - first,
        last: location.last - first,
        judgement,
      })),
      anomalies: trend.anomalies
        .filter(({ index }) => isThere(index))
        .map(({ index, judgement }) => ({ index: index - first, judgement })),
      outlook: (trend.outlook?.points ?? []).map(({ estimate, low, high }) => ({ estimate, low, high })),
      ...(since > 0 && { since }),
      ...driftLine(trend, points.length),
    },
  };
}

/** What is expected goes on along the drift: so the drift is what is expected, the other way. */
function driftLine({ outlook, drawn }: DrawableTrend, count: number): Pick<PictureSeries, "drift"> {
  const [next, last] = [outlook?.points[0], outlook?.points.at(-1)];
  const segment = drawn?.segments.at(-1);
  if (outlook?.kind !== "drift" || next === undefined || last === undefined || segment === undefined) return {};
  const from = Math.max(0, segment.from - (drawn?.first ?? 0));
  const slope = last.ahead === next.ahead ? 0 : (last.estimate - next.estimate) / (last.ahead - next.ahead);
  return { drift: { from, until: count, begin: next.estimate - slope * (count - from), end: next.estimate } };
}

/** A single machine needs no telling apart, and machines that hardly measure twice cannot be. */
function machinesOf({ drawn }: DrawableTrend): string[] {
  const counts = new Map<string, number>();
  for (const { machine } of drawn?.points ?? []) if (machine !== undefined) counts.set(machine, (counts.get(machine) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .toSorted(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
    .slice(0, machinesApart)
    .map(([machine]) => machine);
}
