import {
  type BatchEntry,
  type SeriesAnalysis,
  ShardwrightError,
  type TrendAnalyses,
  type TrendAnalysis,
  type TrendFilter,
  type TrendSeries,
  commitRange,
  controlDiscoveries,
  outlookOf,
  watchedBranches,
  wireAnalysis,
} from "@shardwright/core";
import type { CoordinatorParts } from "../parts.ts";
import { Turns } from "./turns.ts";
import { SeriesReader, type TimedPoint, type WatchedSeries } from "./watched-series.ts";

type Parts = Pick<CoordinatorParts, "queries" | "configuration" | "clock">;

interface AskedSeries {
  readonly project: string;
  readonly series: number;
  readonly branch: string | undefined;
  readonly withPoints?: boolean;
}

/** @throws ShardwrightError `not-found` for a series that there is not, or that was measured on none of the branches */
export function analysisOf(parts: Parts, { project, series: id, branch, withPoints = false }: AskedSeries): TrendAnalysis {
  const about = parts.queries.trends.series(project, id, branch);
  const branches = branchesFor(parts, project, branch);
  const series = about === undefined ? undefined : readerOf(parts)(id, branches);
  if (about === undefined || series === undefined)
    throw new ShardwrightError("not-found", {
      what: `series ${id} of the project ${project} with points of ${branches.join(" or ")}`,
    });
  const [entry] = controlled([series.analysis], parts);
  const answer = answerOf(parts, about, series, entry);
  if (!withPoints) return answer;
  const outlook = outlookOf(series.points, series.analysis);
  return {
    ...answer,
    ...(outlook !== undefined && { outlook: { ...outlook, points: [...outlook.points] } }),
    analysed: series.points.map(analysedPoint),
  };
}

function analysedPoint({ value, at_ms, commit, machine, partial }: TimedPoint): NonNullable<TrendAnalysis["analysed"]>[number] {
  return {
    value,
    at_ms,
    ...(commit !== undefined && { commit }),
    ...(machine !== undefined && { machine }),
    ...(partial === true && { left_out: true }),
  };
}

/** Those of a page; what is told of them is corrected for the page. */
export async function analysesOf(
  parts: Parts,
  { after, limit, ...filter }: TrendFilter & { readonly after: number; readonly limit: number },
): Promise<TrendAnalyses> {
  const { project = "default", branch } = filter;
  const { series: listed, next } = parts.queries.trends.list(filter, after, limit);
  const branches = branchesFor(parts, project, branch);
  const read = readerOf(parts);
  const turns = new Turns(parts.clock);
  const found: { readonly about: TrendSeries; readonly series: WatchedSeries }[] = [];
  for (const about of listed) {
    await turns.breathe();
    const series = read(about.id, branches);
    if (series !== undefined) found.push({ about, series });
  }
  const entries = controlled(
    found.map(({ series }) => series.analysis),
    parts,
  );
  return {
    project,
    analyses: found.map(({ about, series }, at) => answerOf(parts, about, series, entries[at])),
    ...(next !== undefined && { next }),
  };
}

function branchesFor({ configuration }: Parts, project: string, branch: string | undefined): string[] {
  return branch === undefined ? watchedBranches(configuration.get("trends-branches"), project) : [branch];
}

function readerOf({ queries, configuration }: Parts): (id: number, branches: readonly string[]) => WatchedSeries | undefined {
  // Nothing is kept: who asks for one series seldom asks for it again.
  const reader = new SeriesReader(queries, 0);
  const minimumEffect = configuration.get("trends-minimum-change") / 100;
  return (id, branches) => reader.read(id, branches, minimumEffect);
}

function controlled(analyses: readonly SeriesAnalysis[], { configuration }: Parts): BatchEntry[] {
  return controlDiscoveries(analyses, { falseDiscoveryRate: configuration.get("trends-false-share") / 100 });
}

function answerOf(
  { queries }: Parts,
  about: TrendSeries,
  { row, branch, points, analysis }: WatchedSeries,
  entry: BatchEntry = { ...analysis, withheld: [] },
): TrendAnalysis {
  const isChanged = entry.changes.length + entry.withheld.length > 0;
  const history = isChanged ? queries.alerts.history(row.project, branch) : [];
  return { series: about, branch, ...wireAnalysis(entry, points, (change) => commitRange(points, change, history)) };
}
