import { finalCases } from "../final-cases.ts";
import { plural } from "../format.ts";
import { ownMetrics } from "../measures.ts";
import type { RunReport } from "../run-report.ts";
import { valueRows } from "./computed.ts";
import { browserFiles, browserNames, casesAcross, notRunBecause, type BrowserFile } from "./files.ts";
import {
  browserRowsLimit,
  browsersLimit,
  speedJudgementSchema,
  type BrowserComparison,
  type BrowserSpeed,
  type ComparedBrowser,
} from "./schema.ts";
import { compareSpeed, ratiosLimit } from "./speed.ts";
import { verdictRank, verdictRows } from "./verdicts.ts";

/**
 * Compares what one run's tests did in the browsers they ran in: verdicts, what they computed, and how fast they were. Undefined where no
 * file ran, or was to run, in more than one browser.
 */
export function compareBrowsers(report: Pick<RunReport, "tasks">): BrowserComparison | undefined {
  const files = browserFiles(report);
  if (files.length === 0) return undefined;
  const browsers = browserNames(files);
  const tests = [...verdictRows(files, browsers)];
  const values = [...valueRows(files, browsers)];
  const speed = compareSpeed(files, browsers);
  const count = <T>(rows: readonly T[], isCounted: (row: T) => boolean) => rows.filter(isCounted).length;
  const compared = browsers.map((browser) => comparedBrowser(browser, files));
  return {
    browsers: compared,
    totals: {
      tests: tests.length,
      tests_differing: count(tests, ({ differs }) => differs),
      values: values.length,
      values_differing: count(values, ({ differs }) => differs),
      metrics: speed.rows.length,
      ratios: countRatios(speed.rows),
    },
    tests: tests.toSorted((a, b) => verdictRank(a) - verdictRank(b)).slice(0, browserRowsLimit),
    values: values.toSorted((a, b) => Number(b.differs) - Number(a.differs)).slice(0, browserRowsLimit),
    speed: speed.rows.slice(0, browserRowsLimit),
    ...(speed.level !== undefined && { level: speed.level }),
    notes: notesOf(files, compared, speed.rows, speed.unlooked),
  };
}

/** The comparison that a report brings, or one made of it. */
export function browsersOf(report: RunReport): BrowserComparison | undefined {
  return report.browsers ?? compareBrowsers(report);
}

function comparedBrowser(browser: string, files: readonly BrowserFile[]): ComparedBrowser {
  const own = files.flatMap(({ tasks }) => tasks.get(browser) ?? []);
  const results = own.flatMap(({ task }) => finalCases(task));
  const dimensions = results.flatMap(({ metrics = [] }) => metrics.map((metric) => metric.dimensions ?? {}));
  const named = (dimension: string) => [...new Set(dimensions.flatMap((one) => one[dimension] ?? []))].sort();
  const of = (...statuses: string[]) => results.filter(({ status }) => statuses.includes(status)).length;
  const reasons = own.map(notRunBecause);
  const [reason] = reasons;
  const [versions, adapters] = [named("version").reverse(), named("adapter")];
  return {
    browser,
    ...(versions.length > 0 && { versions }),
    ...(adapters.length > 0 && { adapters }),
    tasks: own.length,
    passed: of("passed"),
    failed: of("failed", "errored"),
    skipped: of("skipped"),
    ...(reason !== undefined && reasons.every((other) => other !== undefined) && { reason: reason || "skipped" }),
  };
}

function countRatios(rows: readonly BrowserSpeed[]): BrowserComparison["totals"]["ratios"] {
  const counts = Object.fromEntries(
    speedJudgementSchema.options.map((judgement) => [judgement, 0]),
  ) as BrowserComparison["totals"]["ratios"];
  for (const { cells } of rows) for (const cell of cells) if (cell?.judgement !== undefined) counts[cell.judgement] += 1;
  return counts;
}

function notesOf(
  files: readonly BrowserFile[],
  browsers: readonly ComparedBrowser[],
  speed: readonly BrowserSpeed[],
  unlooked: number,
): string[] {
  const notes: string[] = [];
  const all = new Set(files.flatMap(({ tasks }) => [...tasks.keys()])).size;
  if (all > browsersLimit) notes.push(`Of ${all} browsers the first ${browsersLimit} by name are compared.`);
  for (const { browser, versions = [] } of browsers)
    if (versions.length > 1) notes.push(`Several versions of ${browser} measured: ${versions.slice(0, 4).join(", ")}.`);
  const cells = speed.flatMap((row) => {
    const base = row.cells.find((cell) => cell !== null && cell.judgement === undefined);
    return row.cells.flatMap((cell) => (cell?.judgement === undefined ? [] : [{ cell, base }]));
  });
  if (cells.some(({ cell }) => cell.judgement === "unlike"))
    notes.push(
      "Where one browser computed on hardware and the other by software, or one does not say, the ratio is not judged: it is the adapter's, not the browser's.",
    );
  if (cells.some(({ cell, base }) => cell.adapter === "software" || base?.adapter === "software"))
    notes.push("A software adapter says little of how fast a browser is on a GPU.");
  if (cells.some(({ cell, base }) => cell.worker !== base?.worker))
    notes.push("Some browsers were measured on different workers: what the machines differ by is in their ratios.");
  if (unlooked > 0) notes.push(`Of ${plural(unlooked, "ratio")} beyond the first ${ratiosLimit} no interval was worked out.`);
  const alone = countAlone(files);
  if (alone > 0) notes.push(`${plural(alone, "metric")} of only one browser, or with another unit in each, cannot be compared.`);
  return notes;
}

/** Metrics of a test that ran in several browsers, without one of the same name and unit in another. */
function countAlone(files: readonly BrowserFile[]): number {
  let alone = 0;
  for (const file of files)
    for (const across of casesAcross(file)) {
      if (across.size < 2) continue;
      const counts = new Map<string, number>();
      for (const { result } of across.values())
        for (const key of new Set(ownMetrics(result.metrics).map(({ name, unit }) => JSON.stringify([name, unit]))))
          counts.set(key, (counts.get(key) ?? 0) + 1);
      alone += [...counts.values()].filter((count) => count === 1).length;
    }
  return alone;
}
