import type { Change, Interval, MachineMix, Segment, SeriesAnalysis } from "./analysis.ts";
import { anomaliesOf } from "./anomalies.ts";
import { baselineShift, driftOf } from "./drift.ts";
import { residualsOf } from "./fit.ts";
import type { Passed } from "./gate.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { judge } from "./judgement.ts";
import { locate } from "./location.ts";
import { isOtherMachines } from "./machines.ts";
import { method } from "./method.ts";
import { noiseOf } from "./noise.ts";
import type { AnalysisOptions } from "./options.ts";
import { median, medianDeviation } from "./order-statistics.ts";
import type { Series } from "./series.ts";

/** What was found out of a series, by the places of its usable points. */
export interface Findings {
  readonly series: Omit<Series, "points">;
  readonly options: AnalysisOptions;
  /** Without the machines' offsets. */
  readonly values: Float64Array;
  readonly machines: readonly (string | undefined)[];
  /** Where each of them is among all points of the series. */
  readonly indices: readonly number[];
  readonly deviation: number;
  readonly autocorrelation: number;
  readonly penalty: number;
  readonly changes: readonly Passed[];
  readonly mix: MachineMix | undefined;
}

const bandDeviations = 3;

/** Says of a series, by the indices of all its points, what was found by those of its usable ones. */
export function summarise(findings: Findings): SeriesAnalysis {
  const { series, options, values, machines, indices, deviation, autocorrelation, penalty, mix } = findings;
  const at = (index: number) => indices[index] ?? (indices.at(-1) ?? -1) + 1;
  const located: Change[] = [];
  findings.changes.forEach((passed, order) => {
    const right = findings.changes[order + 1]?.index ?? values.length;
    located.push(changeAt(passed, located.at(-1)?.index ?? 0, right, findings));
  });
  const places = located.map(({ index }) => index);
  const changes: Change[] = located.map((change) => ({
    ...change,
    index: at(change.index),
    location: { ...change.location, first: at(change.location.first), last: at(change.location.last) },
  }));
  const { better } = series;
  const from = places.at(-1) ?? 0;
  const drift = driftOf({ values, from, autocorrelation, minimumEffect: options.minimumEffect, better });
  const told = located.reduce((sum, { shift }) => sum + shift.estimate, 0);
  const against = baselineShift({ values, autocorrelation, minimumEffect: options.minimumEffect, better }, told);
  return {
    id: series.id,
    usable: values.length,
    changes,
    segments: segmentsOf(values, places, at),
    anomalies: anomaliesOf(values, places, { deviation, better }).map((anomaly) => ({ ...anomaly, index: at(anomaly.index) })),
    ...(drift === undefined ? {} : { drift: { ...drift, from: at(drift.from), until: at(drift.until) } }),
    ...(against === undefined
      ? {}
      : {
          againstBaseline: {
            ...against,
            baseline: { from: at(against.baseline.from), until: at(against.baseline.until) },
            newest: { from: at(against.newest.from), until: at(against.newest.until) },
          },
        }),
    ...(mix === undefined ? {} : { machines: mix }),
    noise: noiseOf({
      values,
      changes: places,
      machines,
      deviation,
      autocorrelation,
      penalty,
      effectThatMatters: options.effectThatMatters,
    }),
  };
}

/** @param left where the stretch before begins, and `right` where the one after ends */
function changeAt({ index, evidence }: Passed, left: number, right: number, findings: Findings): Change {
  const { values, machines, deviation, series } = findings;
  const from = Math.max(left, index - method.sideLimit);
  const until = Math.min(right, index + method.sideLimit);
  const { before, after } = evidence;
  const place = locate(values, { from, until, before, after, deviation });
  const shift = hodgesLehmann(values.subarray(from, place.index), values.subarray(place.index, until));
  const level = Math.abs(before);
  const share = (value: number) => (level === 0 ? Number.NaN : value / level);
  const relative: Interval = {
    estimate: share(shift.estimate),
    low: share(shift.low),
    high: share(shift.high),
    level: shift.level,
  };
  return {
    index: place.index,
    location: { first: place.first, last: place.last, coverage: method.locationCoverage },
    before,
    after,
    shift,
    relative,
    p: evidence.p,
    deviations: evidence.deviations,
    ...judge(after - before, series.better),
    ...(isOtherMachines(machines, { from, index: place.index, until }) ? { otherMachines: true } : {}),
  };
}

function segmentsOf(values: Float64Array, places: readonly number[], at: (index: number) => number): Segment[] {
  if (values.length === 0) return [];
  const spread = bandDeviations * medianDeviation(residualsOf(values, places), 0);
  return [0, ...places].map((from, order) => {
    const until = places[order] ?? values.length;
    const level = median(values.subarray(from, until));
    return { from: at(from), until: at(until), median: level, low: level - spread, high: level + spread };
  });
}
