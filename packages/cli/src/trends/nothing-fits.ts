import type { Client } from "@shardwright/client";
import { ShardwrightError, plainText, type TrendSeries } from "@shardwright/core";
import { type FilterOptions, seriesOf } from "./selection.ts";

/** Series that are looked through for names. */
const lookedThrough = 2000;
const named = 5;

const wordsOf = {
  testPattern: { flag: "--test-pattern", what: "test", of: (series) => [series.test, series.case.split(" > ").at(-1) ?? ""] },
  metric: { flag: "--metric", what: "metric", of: (series) => [series.name] },
  hardware: { flag: "--hardware", what: "class of hardware", of: (series) => [series.hardware_class] },
} as const satisfies Partial<
  Record<keyof FilterOptions, { flag: string; what: string; of: (series: TrendSeries) => readonly string[] }>
>;

/** The error for a choice that nothing fits: which part of it fits nothing at all, and the names that are nearest. */
export async function nothingFits(client: Client, project: string, filter: FilterOptions): Promise<ShardwrightError> {
  const all: TrendSeries[] = [];
  for await (const series of seriesOf(client, project, {})) if (all.push(series) >= lookedThrough) break;
  if (all.length === 0)
    return refusal(
      `There are no series in the project ${project} yet.`,
      "They come with runs, and with `shardwright trends import`; --project chooses another project.",
    );
  for (const [key, { flag, what, of }] of Object.entries(wordsOf)) {
    const given = filter[key as keyof typeof wordsOf];
    if (given === undefined || (await fitsAny(client, project, { [key]: given }))) continue;
    const names = [...new Set(all.flatMap(of))].filter((name) => name !== "");
    return refusal(`No ${what} fits ${flag} ${given}.`, `There are: ${nearest(given, names).map(plainText).join(", ")}.`);
  }
  if (filter.branch !== undefined && !(await fitsAny(client, project, { branch: filter.branch })))
    return refusal(`Nothing was measured on the branch ${filter.branch}.`, "Name another one with --branch, or leave it out.");
  return refusal("Nothing fits all of what was chosen, though each part of it fits something.", "Leave one of the choices out.");
}

async function fitsAny(client: Client, project: string, filter: FilterOptions): Promise<boolean> {
  for await (const _ of seriesOf(client, project, filter)) return true;
  return false;
}

/** The names that a slip is likely to have meant, the nearest first. */
function nearest(given: string, names: readonly string[]): string[] {
  const wanted = given.replaceAll(/[*?]/g, "").toLowerCase();
  return names
    .map((name) => ({ name, distance: name.toLowerCase().includes(wanted) ? 0 : editDistance(wanted, name.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1))
    .slice(0, named)
    .map(({ name }) => name);
}

const compared = 200;

/** Letters to change, add or leave out to make one of the other (V. I. Levenshtein 1966), of the first two hundred. */
function editDistance(one: string, other: string): number {
  const [a, b] = [Array.from(one.slice(0, compared)), Array.from(other.slice(0, compared))];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [index, letter] of a.entries()) {
    const next = [index + 1];
    for (const [at, against] of b.entries())
      next.push(Math.min((row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1, (row[at] ?? 0) + (letter === against ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
