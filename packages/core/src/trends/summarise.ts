import type { Change, Interval, MachineMix, Segment, SeriesAnalysis } from "./analysis.ts";
import { anomaliesOf } from "./anomalies.ts";
import { baselineShift, driftOf } from "./drift.ts";
import type { Passed } from "./gate.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { judge } from "./judgement.ts";
import { locate } from "./location.ts";
import { isOtherMachines } from "./machines.ts";
import { method } from "./method.ts";
import { noiseOf } from "./noise.ts";
import type { AnalysisOptions } from "./options.ts";
import { medianDeviationOfSorted, sorted } from "./order-statistics.ts";
import type { Series } from "./series.ts";
import { residualsOf, type Stretch, stretchesOf } from "./stretches.ts";

/** What was found out of a series, by the places of its usable points. */
export interface Findings {
  readonly series: Omit<Series, "points">;
  readonly options: AnalysisOptions;
  /** Without the machines' offsets. */
  readonly values: Float64Array;
  /** With them. */
  readonly measured: readonly number[];
  readonly machines: readonly (string | undefined)[];
  /** Where each of them is among all points of the series. */
  readonly indices: readonly number[];
  readonly deviation: number;
  readonly autocorrelation: number;
  readonly penalty: number;
  readonly changes: readonly Passed[];
  readonly mix: MachineMix | undefined;
  /** Shifts worked out before, by the places that they are between. */
  readonly shifts: Map<string, Interval>;
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
  const stretches = stretchesOf(values, places);
  const residuals = residualsOf(values, stretches);
  const inOrder = sorted(residuals);
  const { better } = series;
  const from = places.at(-1) ?? 0;
  const drift = driftOf({ values, from, autocorrelation, minimumEffect: options.minimumEffect, better });
  const told = located.reduce((sum, { shift }) => sum + shift.estimate, 0);
  const against = baselineShift({ values, autocorrelation, minimumEffect: options.minimumEffect, better }, told);
  return {
    id: series.id,
    usable: values.length,
    changes,
    segments: segmentsOf(stretches, inOrder, at),
    anomalies: anomaliesOf(values, stretches, { deviation, better }).map((anomaly) => ({ ...anomaly, index: at(anomaly.index) })),
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
      residuals,
      withMachines: residuals.map((residual, index) => residual + (findings.measured[index] ?? 0) - (values[index] ?? 0)),
      inOrder,
      level: stretches.at(-1)?.median ?? Number.NaN,
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
  const { values, machines, deviation, series, shifts } = findings;
  const from = Math.max(left, index - method.sideLimit);
  const until = Math.min(right, index + method.sideLimit);
  const { before, after } = evidence;
  const place = locate(values, { from, until, before, after, deviation });
  const key = `${from} ${place.index} ${until}`;
  const shift = shifts.get(key) ?? hodgesLehmann(values.subarray(from, place.index), values.subarray(place.index, until));
  shifts.set(key, shift);
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

function segmentsOf(stretches: readonly Stretch[], residuals: Float64Array, at: (index: number) => number): Segment[] {
  const spread = bandDeviations * medianDeviationOfSorted(residuals, 0);
  return stretches.map(({ from, until, median }) => ({
    from: at(from),
    until: at(until),
    median,
    low: median - spread,
    high: median + spread,
  }));
}
