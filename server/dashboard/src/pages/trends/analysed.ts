import { type RemarkedTrend, type TrendAnalysis, type TrendPicture, noiseSentence, pictureOf } from "@shardwright/core";

/** What is drawn of an analysis that came with its points; undefined where it came without. */
export function pictureOfAnalysis({
  series,
  segments,
  changes,
  anomalies,
  outlook,
  analysed,
}: TrendAnalysis): TrendPicture | undefined {
  if (analysed === undefined) return undefined;
  const points = analysed.map(({ left_out, ...point }) => ({ ...point, ...(left_out === true && { mark: "left out" }) }));
  return pictureOf({
    unit: series.unit,
    changes,
    anomalies,
    drawn: { first: 0, points, segments },
    ...(outlook !== undefined && { outlook }),
  });
}

/** An analysis as the sentences about a series take it. */
export function remarkedTrend(analysis: TrendAnalysis): RemarkedTrend {
  const { series, branch, points, usable, drift, against_baseline: baseline, machines, noise, outlook, analysed = [] } = analysis;
  const at = (index: number) => analysed[index]?.at_ms ?? 0;
  const sentence = noiseSentence({ ...(noise.cannot_see !== undefined && { cannotSee: noise.cannot_see }) });
  return {
    unit: series.unit,
    branch,
    points,
    usable,
    marked: analysed.filter(({ left_out }) => left_out === true).length,
    elsewhere: 0,
    ...(drift !== undefined && { drift: moveOf(drift, at(drift.from), at(drift.until - 1)) }),
    ...(baseline !== undefined && {
      against_baseline: moveOf(baseline, at(baseline.baseline.from), at(baseline.newest.until - 1)),
    }),
    ...(outlook !== undefined && { outlook }),
    machines: machines?.machines ?? [],
    explained_by_machines: machines?.explained.length ?? 0,
    noise: { bimodal: noise.bimodal, ...(sentence !== undefined && { sentence }) },
  };
}

type Move = NonNullable<TrendAnalysis["drift"] | TrendAnalysis["against_baseline"]>;

function moveOf({ relative, p, direction, judgement }: Move, from_ms: number, until_ms: number) {
  const unknown = { estimate: Number.NaN, low: Number.NaN, high: Number.NaN, level: Number.NaN };
  return { relative: relative ?? unknown, p, direction, judgement, from_ms, until_ms };
}
