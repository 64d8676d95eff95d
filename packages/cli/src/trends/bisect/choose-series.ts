import type { Client } from "@shardwright/client";
import {
  ShardwrightError,
  type TrendFilter,
  type TrendSeries,
  analyseSeries,
  commitRange,
  ofMainBranch,
  seriesPoint,
} from "@shardwright/core";
import { readOne } from "../selection.ts";

export interface ChosenSeries {
  readonly series: TrendSeries;
  readonly good: string;
  readonly bad: string;
  /** Of the newest point that names one. */
  readonly machine: string | undefined;
}

const namedLimit = 5;

/**
 * The one series that is meant, and between which commits it changed: as they are given, else around its newest change for the worse, or its
 * newest change on the branch that most of its points are of.
 * @throws ShardwrightError `usage` where none or several series fit, and where it shows no change
 */
export async function chooseSeries(
  client: Pick<Client, "listTrends" | "trendPoints">,
  filter: TrendFilter,
  given: { readonly good: string | undefined; readonly bad: string | undefined },
): Promise<ChosenSeries> {
  const { project = "default" } = filter;
  const { series: found } = await client.listTrends({ ...filter, limit: 100 });
  const [series] = found;
  if (series === undefined || found.length > 1) throw severalOrNone(found, project);
  const { points } = await readOne(client, project, series, filter.branch);
  const machine = points.findLast((point) => point.machine !== undefined)?.machine;
  if (given.good !== undefined && given.bad !== undefined) return { series, machine, good: given.good, bad: given.bad };
  const usable = ofMainBranch(points).points.map(seriesPoint);
  const { changes } = analyseSeries({ id: String(series.id), unit: series.unit, better: series.better, points: usable });
  const change = changes.findLast(({ judgement }) => judgement === "regression") ?? changes.at(-1);
  const range = change === undefined ? undefined : commitRange(usable, change);
  const [good, bad] = [given.good ?? range?.lastGood, given.bad ?? range?.firstBad];
  if (good !== undefined && bad !== undefined) return { series, machine, good, bad };
  throw new ShardwrightError("usage", {
    problem:
      change === undefined
        ? `No change is seen in the ${usable.length} points of ${nameOf(series)}.`
        : `The points around the change of ${nameOf(series)} name no commits.`,
    remedy: "Say between which commits to search, with --good and --bad.",
  });
}

/** The series for people. */
export function nameOf({ test, case: name, name: metric, dimensions, hardware_class }: TrendSeries): string {
  const labels = Object.entries(dimensions).map(([key, value]) => ` ${key}=${value}`);
  return `${test}${name === "" ? "" : ` > ${name}`}, ${metric}${labels.join("")} on ${hardware_class}`;
}

function severalOrNone(found: readonly TrendSeries[], project: string): ShardwrightError {
  if (found.length === 0)
    return new ShardwrightError("usage", {
      problem: `No series of the project ${project} fits.`,
      remedy: "See what there is with `shardwright trends list`.",
    });
  const more = found.length > namedLimit ? ` and ${found.length - namedLimit} more` : "";
  return new ShardwrightError("usage", {
    problem: `${found.length} series fit: ${found.slice(0, namedLimit).map(nameOf).join("; ")}${more}.`,
    remedy: "Choose one: FILE > CASE as the test (FILE alone means the file as a whole), --metric, --hardware.",
  });
}
