import type { Metric } from "../../model/metric.ts";
import { finalAttempt, wholeMetrics } from "../final-cases.ts";
import { ownMetrics } from "../measures.ts";
import type { ReportCase } from "../run-report.ts";
import { casesAcross, rowIdentity, type BrowserFile } from "./files.ts";
import { ratioOf, type Ratio } from "./ratio.ts";
import type { BrowserSpeed, BrowserSpeedCell } from "./schema.ts";

/** Of what is called slower or faster, so large a share may be wrong, on average. */
const falseDiscoveries = 0.05;
/** Ratios whose interval is worked out: each costs up to a millisecond. */
export const ratiosLimit = 2000;

interface Measured {
  readonly metric: Metric;
  readonly worker: string;
}

interface Compared {
  readonly row: BrowserSpeed;
  readonly ratios: readonly { readonly cell: BrowserSpeedCell; readonly ratio: Ratio | undefined }[];
}

export interface SpeedComparison {
  readonly rows: readonly BrowserSpeed[];
  /** Of the intervals; undefined where there is none. */
  readonly level: number | undefined;
  /** Ratios that were left without an interval, because there are so many. */
  readonly unlooked: number;
}

/** The metrics that several browsers measured in the same test, or of the same file as a whole, under the same name and unit; what is partial is left out. */
export function compareSpeed(files: readonly BrowserFile[], browsers: readonly string[]): SpeedComparison {
  const compared: Compared[] = [];
  let ratios = 0;
  let unlooked = 0;
  for (const file of files)
    for (const { result, byBrowser } of measurersOf(file))
      for (const measured of sameMetrics(byBrowser)) {
        if (measured.size < 2) continue;
        const hasRoom = ratios + measured.size - 1 <= ratiosLimit;
        if (hasRoom) ratios += measured.size - 1;
        else unlooked += measured.size - 1;
        const made = rowOf(measured, browsers, hasRoom);
        compared.push({ ...made, row: { ...rowIdentity(file, result), ...made.row } });
      }
  const level = judge(compared);
  return { rows: compared.map(({ row }) => row).toSorted((a, b) => clarity(b) - clarity(a)), level, unlooked };
}

interface Measurer {
  /** Absent for the file as a whole. */
  readonly result: ReportCase | undefined;
  readonly byBrowser: ReadonlyMap<string, { readonly metrics: readonly Metric[]; readonly worker: string }>;
}

/** What measures in a file: each of its cases, and the file as a whole. */
function measurersOf(file: BrowserFile): Measurer[] {
  const cases = [...casesAcross(file)].map((across): Measurer => {
    const [one] = across.values();
    const measured = [...across].map(
      ([browser, { result, worker }]) => [browser, { metrics: ownMetrics(result.metrics), worker }] as const,
    );
    return { result: one?.result, byBrowser: new Map(measured) };
  });
  const wholes = [...file.tasks].map(
    ([browser, { task }]) => [browser, { metrics: wholeMetrics(task), worker: finalAttempt(task)?.worker ?? "" }] as const,
  );
  return [...cases, { result: undefined, byBrowser: new Map(wholes) }];
}

/** By browser, those of one name and unit. */
function sameMetrics(byBrowser: Measurer["byBrowser"]): Iterable<ReadonlyMap<string, Measured>> {
  const named = new Map<string, Map<string, Measured>>();
  for (const [browser, { metrics, worker }] of byBrowser)
    for (const metric of metrics) {
      if (metric.partial === true) continue;
      const key = JSON.stringify([metric.name, metric.unit]);
      const known = named.get(key);
      if (known === undefined) named.set(key, new Map([[browser, { metric, worker }]]));
      else if (!known.has(browser)) known.set(browser, { metric, worker });
    }
  return named.values();
}

function rowOf(
  measured: ReadonlyMap<string, Measured>,
  browsers: readonly string[],
  isLookedAt: boolean,
): { readonly row: Pick<BrowserSpeed, "name" | "unit" | "better" | "reference" | "cells">; readonly ratios: Compared["ratios"] } {
  const reference = browsers.find((browser) => measured.has(browser)) ?? "";
  const base = measured.get(reference);
  if (base === undefined) throw new RangeError("a metric that nobody measured");
  const ratios: { cell: BrowserSpeedCell; ratio: Ratio | undefined }[] = [];
  const cells = browsers.map((browser): BrowserSpeedCell | null => {
    const own = measured.get(browser);
    if (own === undefined) return null;
    const { metric, worker } = own;
    const adapter = metric.dimensions?.["adapter"];
    const cell: BrowserSpeedCell = {
      median: metric.value,
      n: metric.replicates?.length ?? 1,
      ...(adapter !== undefined && { adapter }),
      worker,
    };
    if (browser === reference) return cell;
    const ratio = isLookedAt
      ? ratioOf(base.metric.replicates ?? [base.metric.value], metric.replicates ?? [metric.value])
      : undefined;
    if (ratio !== undefined) cell.ratio = ratio.estimate;
    else if (metric.value > 0 && base.metric.value > 0) cell.ratio = metric.value / base.metric.value;
    cell.judgement = adapter === base.metric.dimensions?.["adapter"] ? "unsure" : "unlike";
    ratios.push({ cell, ratio });
    return cell;
  });
  const { name, unit, better } = base.metric;
  return { row: { name, unit, better, reference, cells }, ratios };
}

/**
 * Judges all ratios together (Y. Benjamini and Y. Hochberg 1995). The intervals have the level at which they miss the true ratio in one of
 * twenty of what is called different (Y. Benjamini and D. Yekutieli 2005), so that exactly what is called different has one without 1. Of
 * what has too few values for any verdict no interval is given, and it takes no part.
 * @returns the level
 */
function judge(compared: readonly Compared[]): number | undefined {
  const looked = compared.flatMap(({ row, ratios }) =>
    ratios.flatMap(({ cell, ratio }) =>
      ratio === undefined || ratio.leastP > falseDiscoveries ? [] : [{ better: row.better, cell, ratio }],
    ),
  );
  const family = looked.filter(({ cell }) => cell.judgement !== "unlike");
  const chances = family.map(({ ratio }) => ratio.p).sort((a, b) => a - b);
  const told = chances.findLastIndex((p, index) => p <= ((index + 1) * falseDiscoveries) / chances.length) + 1;
  const chance = (falseDiscoveries * Math.max(1, told)) / Math.max(1, chances.length);
  let hasInterval = false;
  for (const { better, cell, ratio } of looked) {
    if (ratio.leastP > chance) continue;
    const { low, high } = ratio.interval(1 - chance);
    Object.assign(cell, { low, high });
    hasInterval = true;
    if (cell.judgement === "unlike") continue;
    const isMore = low > 1 && ratio.p <= chance;
    const isLess = high < 1 && ratio.p <= chance;
    cell.judgement = isMore || isLess ? (isMore === (better === "lower") ? "slower" : "faster") : "none";
  }
  return hasInterval ? 1 - chance : undefined;
}

/** What is different comes first, the more the earlier. */
function clarity({ cells }: BrowserSpeed): number {
  let most = -1;
  for (const cell of cells) {
    const size = Math.abs(Math.log(cell?.ratio ?? 1));
    const isTold = cell?.judgement === "slower" || cell?.judgement === "faster";
    most = Math.max(most, isTold ? 1000 + size : size);
  }
  return most;
}
