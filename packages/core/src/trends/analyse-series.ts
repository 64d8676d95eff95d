import { benjaminiHochberg } from "./benjamini-hochberg.ts";
import type { SeriesAnalysis } from "./analysis.ts";
import { analysisDefaults, type AnalysisOptions } from "./options.ts";
import type { Series } from "./series.ts";
import { SeriesState } from "./series-state.ts";

/** What a series says of itself: its levels and where they change, outliers, drift, unlike machines and noise. See docs/trends-method.md. */
export function analyseSeries(series: Series, options: Partial<AnalysisOptions> = {}): SeriesAnalysis {
  const state = new SeriesState(series, options);
  state.addAll(series.points);
  return state.analysis();
}

/** What all series say together: `changes` are those that may be told, `withheld` those that so many series would show by chance. */
export interface BatchEntry extends SeriesAnalysis {
  readonly withheld: readonly SeriesAnalysis["changes"][number][];
}

/**
 * Analyses many series, and tells only so many changes that the share of false ones is small over all of them: of ten thousand series that do
 * not change, hundreds would show something at what is rare for one. A series without a change counts as one test that found nothing.
 */
export function analyseBatch(seriesList: readonly Series[], options: Partial<AnalysisOptions> = {}): BatchEntry[] {
  return controlDiscoveries(
    seriesList.map((series) => analyseSeries(series, options)),
    options,
  );
}

/** The same of analyses that are there already, such as those of `SeriesState`. */
export function controlDiscoveries(
  analyses: readonly SeriesAnalysis[],
  { falseDiscoveryRate = analysisDefaults.falseDiscoveryRate }: Partial<AnalysisOptions> = {},
): BatchEntry[] {
  const ps = analyses.flatMap(({ changes }) => (changes.length === 0 ? [1] : changes.map(({ p }) => p)));
  const qs = benjaminiHochberg(ps);
  let next = 0;
  return analyses.map((analysis) => {
    const changes = analysis.changes.map((change, offset) => ({ ...change, q: qs[next + offset] ?? 1 }));
    next += Math.max(1, changes.length);
    return {
      ...analysis,
      changes: changes.filter(({ q }) => q <= falseDiscoveryRate),
      withheld: changes.filter(({ q }) => q > falseDiscoveryRate),
    };
  });
}
