import { setImmediate } from "node:timers/promises";
import {
  type ComparedCase,
  type ComparedFile,
  type ComparedRun,
  type RunId,
  hardwareClass,
  isItsOwnStory,
  isWholeFile,
  outcomeOf,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { RunRow } from "../database/queries/runs.ts";

/** Cases that are read before others have their turn: each turn holds the coordinator for some milliseconds. */
const casesAtOnce = 2000;

type Entry = ReturnType<Queries["comparison"]["entries"]>[number];

/** A run from the tables, without its files. */
export function comparedRow(row: RunRow): ComparedRun {
  const { id, run_key, context, verdict, submitted_at_ms, suites } = row;
  return {
    id,
    key: run_key,
    ...(context.commit !== undefined && { commit: context.commit }),
    branch: context.branch,
    verdict: verdict ?? "incomplete",
    submitted_at_ms,
    selections: new Map(suites.map(({ name, selection = "" }) => [name, selection])),
    isWhole: true,
  };
}

/** The files of a run in the order of its manifest; others have their turn in between. */
export async function* comparedFiles(queries: Queries, run: RunId, entries: readonly Entry[]): AsyncGenerator<ComparedFile> {
  const files = [...Map.groupBy(entries, ({ key }) => key).values()];
  for (let begin = 0; begin < files.length;) {
    const chunk: Entry[][] = [];
    for (let cases = 0; begin < files.length && (cases < casesAtOnce || chunk.length === 0); begin += 1) {
      const file = files[begin] ?? [];
      chunk.push(file);
      cases += file.reduce((sum, entry) => sum + entry.cases, 1);
    }
    const rows = queries.comparison.results(
      run,
      chunk.flat().map(({ task }) => task),
    );
    const ofTask = Map.groupBy(rows, ({ task }) => task);
    for (const file of chunk) yield describeFile(file, (task) => ofTask.get(task) ?? []);
    await setImmediate();
  }
}

type Result = ReturnType<Queries["comparison"]["results"]>[number];

function describeFile(parts: readonly Entry[], resultsOf: (task: number) => readonly Result[]): ComparedFile {
  const [{ key, suite, file } = { key: "", suite: "", file: "" }] = parts;
  const cases = parts.flatMap((entry) => casesOf(entry, resultsOf(entry.task)));
  return {
    key,
    suite,
    file,
    isWhole: parts.every(({ status, kind, complete }) => isWholeFile(status, [kind === null || complete === 1])),
    failedItself: parts.some(
      ({ status, kind, quarantined }) =>
        !quarantined &&
        (status === "failed" || status === "errored") &&
        (isItsOwnStory(kind ?? undefined) || !cases.some(({ outcome }) => outcome === "failed")),
    ),
    cases,
  };
}

function casesOf({ flaky, status, capabilities }: Entry, results: readonly Result[]): ComparedCase[] {
  const hardware = capabilities === null ? undefined : hardwareClass(capabilities);
  const failedBefore = new Set(
    results.flatMap(({ counts, key }) => (counts === 0 && (flaky || status !== "passed") ? [key] : [])),
  );
  return results.flatMap((result) => {
    const { counts, key, retries, duration_ms } = result;
    if (counts === 0) return [];
    const isFlaky = (retries ?? 0) > 0 || failedBefore.has(key);
    return [{ key, outcome: outcomeOf(result.status, isFlaky), duration_ms, hardware }];
  });
}
