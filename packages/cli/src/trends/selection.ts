import type { Client } from "@shardwright/client";
import { type TrendPoint, type TrendSeries, trendPointsPageLimit, trendsPageLimit } from "@shardwright/core";
import type { Command } from "commander";

/** What series are chosen by. */
export interface FilterOptions {
  readonly testPattern?: string;
  readonly metric?: string;
  readonly hardware?: string;
  readonly branch?: string;
}

export function addFilters(command: Command): Command {
  return command
    .option("--test-pattern <pattern>", "tests, by case, file or both; * stands for any text")
    .option("--metric <pattern>", "metrics of this name: duration, latency")
    .option("--hardware <pattern>", "classes of hardware: linux-x64-*, or any part of their names: cuda")
    .option("--branch <name>", "only what was measured on this branch");
}

/** The series that fit, page by page, in the order of their ids. */
export async function* seriesOf(
  client: Client,
  project: string,
  { testPattern, metric, hardware, branch }: FilterOptions,
): AsyncGenerator<TrendSeries> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Client["listTrends"]>> = await client.listTrends({
      project,
      test: testPattern,
      metric,
      hardware: hardware === undefined || /[*?]/.test(hardware) ? hardware : `*${hardware}*`,
      branch,
      after,
      limit: trendsPageLimit,
    });
    yield* page.series;
    after = page.next;
  }
}

/** The points of a series, page by page, oldest first. */
export async function* pointsOf(
  client: Pick<Client, "trendPoints">,
  project: string,
  series: number,
  branch: string | undefined,
): AsyncGenerator<readonly TrendPoint[]> {
  for (let offset: number | undefined = 0; offset !== undefined;) {
    const page: Awaited<ReturnType<Client["trendPoints"]>> = await client.trendPoints(series, {
      project,
      branch,
      offset,
      limit: trendPointsPageLimit,
    });
    yield page.points;
    offset = page.next;
  }
}

export interface ReadSeries {
  readonly series: TrendSeries;
  readonly points: readonly TrendPoint[];
}

/** So many series are asked for at once: their answers cross while one is being analysed. */
const askedAtOnce = 4;

/** The series that fit with all of their points, one after the other; never more of them in memory than are asked for at once. */
export async function* readSeries(client: Client, project: string, filter: FilterOptions): AsyncGenerator<ReadSeries> {
  const asked: Promise<ReadSeries>[] = [];
  try {
    for await (const series of seriesOf(client, project, filter)) {
      asked.push(readOne(client, project, series, filter.branch));
      if (asked.length < askedAtOnce) continue;
      const next = await asked.shift();
      if (next !== undefined) yield next;
    }
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) yield await next;
  } finally {
    await Promise.allSettled(asked);
  }
}

/** A series with all of its points. */
export async function readOne(
  client: Pick<Client, "trendPoints">,
  project: string,
  series: TrendSeries,
  branch: string | undefined,
): Promise<ReadSeries> {
  const points: TrendPoint[] = [];
  for await (const page of pointsOf(client, project, series.id, branch)) points.push(...page);
  return { series, points };
}
