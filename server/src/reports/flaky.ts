import {
  type CaseAttempt,
  type Flakiness,
  type FlakyList,
  type KnownCases,
  type QuarantineEntry,
  type RunId,
  associationFields,
  associationSentence,
  caseName,
  circumstancesOf,
  flakinessOf,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { Parts } from "../parts-of-work.ts";

/** Cases that failed of late and are looked at, in so many files at most. */
const suspectsRead = 500;
const filesRead = 100;
/** Cases of runs that are read to find those of one file, and of all. */
const casesOfFile = 20_000;
const casesOfAll = 150_000;
/** Runs in which a file's cases are looked for, to know which are new. */
const runsRemembered = 20;
/** Runs whose files are read before each is looked up, and tasks of one that are read at once. */
const runsAtHand = 3;
const tasksAtOnce = 1000;

interface FlakyCase extends Flakiness {
  readonly key: string;
  readonly file: string;
  readonly name: string;
  readonly test: string;
}

/** The cases of a project that flip, the likeliest first; and how many that failed of late were not looked at. */
export function flakyCases(queries: Queries, project: string, now_ms: number): { cases: FlakyCase[]; more: number } {
  const { found, all } = queries.flaky.suspects(project, suspectsRead);
  const files = new Map<string, string[]>();
  for (const { file_key, case_key } of found) {
    const known = files.get(file_key);
    if (known !== undefined) known.push(case_key);
    else if (files.size < filesRead) files.set(file_key, [case_key]);
  }
  const cases: FlakyCase[] = [];
  let left = casesOfAll;
  let looked = 0;
  for (const [key, caseKeys] of files) {
    const runs = newestRuns(queries, project, key, Math.min(left, casesOfFile));
    if (runs.length === 0) continue;
    left -= runs.reduce((sum, run) => sum + run.cases, 0);
    looked += caseKeys.length;
    cases.push(...flakyOf(queries, project, { key, caseKeys, runs: runs.map(({ run }) => run) }, now_ms));
  }
  cases.sort((a, b) => b.posterior.mean - a.posterior.mean || b.last_flip_ms - a.last_flip_ms || (a.test < b.test ? -1 : 1));
  return { cases, more: Math.max(0, all - looked) };
}

/** The newest runs of a file of which all cases together are no more than that. */
function newestRuns(queries: Queries, project: string, key: string, limit: number) {
  const runs: ReturnType<Queries["flaky"]["runsWith"]> = [];
  let left = limit;
  for (const run of queries.flaky.runsWith(project, key)) {
    left -= run.cases;
    if (left < 0) break;
    runs.push(run);
  }
  return runs;
}

interface Suspects {
  readonly key: string;
  readonly caseKeys: readonly string[];
  readonly runs: readonly RunId[];
}

function flakyOf(queries: Queries, project: string, suspects: Suspects, now_ms: number): FlakyCase[] {
  const { file, attempts } = attemptsOf(queries, project, suspects);
  return [...attempts].flatMap(([case_key, tries]) => {
    const flakiness = flakinessOf(tries, now_ms);
    if (flakiness === undefined) return [];
    const parts = JSON.parse(case_key) as (string | number)[];
    const name = caseName({ path: parts.slice(0, -1).map(String), ordinal: Number(parts.at(-1)) });
    return [{ ...flakiness, key: suspects.key, file, name, test: `${file} > ${name}` }];
  });
}

/** How cases of a file fared in each attempt of the newest runs, as far as it may be held against them. */
export function caseAttempts(queries: Queries, project: string, key: string, caseKeys: readonly string[]): CaseAttempt[] {
  const runs = newestRuns(queries, project, key, casesOfFile).map(({ run }) => run);
  return [...attemptsOf(queries, project, { key, caseKeys, runs }).attempts.values()].flat();
}

function attemptsOf(
  queries: Queries,
  project: string,
  { key, caseKeys, runs }: Suspects,
): { file: string; attempts: ReadonlyMap<string, CaseAttempt[]> } {
  const nameOf = (row: { run: string; task: number; attempt: number; case_key: string }) =>
    JSON.stringify([row.run, row.task, row.attempt, row.case_key]);
  const held = new Set(queries.flaky.held(project, key, caseKeys).map(nameOf));
  const attempts = new Map<string, CaseAttempt[]>();
  let file = "";
  for (const row of queries.flaky.tries(key, runs, caseKeys)) {
    const passed = row.status === "passed";
    if (!passed && !held.has(nameOf(row))) continue;
    ({ file } = row);
    const ended_ms = row.ended_at_ms ?? 0;
    const began_ms = Math.max(0, ended_ms - row.duration_ms);
    const runner = row.suites.find(({ name }) => name === row.suite)?.runner ?? "";
    const attempt: CaseAttempt = {
      run: row.run,
      code: codeOf(row),
      passed,
      began_ms,
      ended_ms,
      worker: row.worker,
      values: circumstancesOf({
        worker: row.worker,
        capabilities: row.capabilities,
        task: { requirements: row.requirements, runner, args: row.args },
        began_ms,
        preceding: undefined,
      }),
    };
    const known = attempts.get(row.case_key);
    if (known === undefined) attempts.set(row.case_key, [attempt]);
    else known.push(attempt);
  }
  return { file, attempts };
}

/**
 * What is the same in two runs is the same code. A CI system checks a commit out; on a person's machine the commit says nothing of what was
 * changed since, and each run is one of its own.
 */
function codeOf({ run, hash, context }: Pick<ReturnType<Queries["flaky"]["tries"]>[number], "run" | "hash" | "context">): string {
  const { commit, provider } = context;
  return commit === undefined || provider === undefined ? run : JSON.stringify([commit, hash]);
}

/** What is told of a project's flaky tests. */
export function flakyList(queries: Queries, project: string, limit: number, now_ms: number): FlakyList {
  const { cases, more } = flakyCases(queries, project, now_ms);
  const entries = new Map(queries.quarantine.ofProject(project).map((row) => [row.test, row]));
  return {
    project,
    more,
    tests: cases.slice(0, limit).map(({ key, file, name, test, posterior, flips, observations, last_flip_ms, association }) => {
      const entry = namesOf(file, name)
        .map((each) => entries.get(each))
        .find(Boolean);
      return {
        test,
        key,
        file,
        name,
        score: posterior.mean,
        low: posterior.low,
        high: posterior.high,
        flips,
        observations,
        last_flip_ms,
        ...(association !== undefined && {
          association: associationFields(association),
          sentence: associationSentence(association, { dated: true }),
        }),
        ...(entry !== undefined && { quarantine: entryOf(entry, now_ms) }),
      };
    }),
  };
}

/** Under which an entry may stand for a case, the shortest first. */
export function namesOf(file: string, name: string): string[] {
  const titles = name.split(" > ");
  return titles.reduce((names, title) => [...names, `${names.at(-1) ?? file} > ${title}`], [file]);
}

/** An entry as a run or a list tells it. */
export function entryOf(
  { test, owner, reason, expires_at_ms }: { test: string; owner: string; reason: string; expires_at_ms: number },
  now_ms: number,
): QuarantineEntry {
  return { test, owner, reason, expires_at_ms, origin: "hand", ...(expires_at_ms <= now_ms && { expired: true as const }) };
}

interface FileSeen {
  readonly hash: string;
  readonly isGood: boolean;
}

/**
 * Which files are new or have changed since their last run, and which of their cases are known. A part of it reads tasks of a run, or looks
 * at one file.
 */
export function* knownCases(
  queries: Queries,
  project: string,
  files: readonly { readonly key: string; readonly hash: string }[],
): Parts<KnownCases> {
  const newest = queries.flaky.newestRuns(project, runsAtHand);
  if (newest.length === 0) return { has_history: false, changed: [] };
  // Most files are in the last run as they are now: to look each of them up in all runs takes long.
  const last = new Map<string, FileSeen>();
  for (const run of newest) for (const [key, seen] of yield* filesSeen(queries, run)) if (!last.has(key)) last.set(key, seen);
  const changed: KnownCases["changed"] = [];
  for (const { key, hash } of files) {
    const seen = last.get(key);
    if (seen?.hash === hash && seen.isGood) continue;
    const failed = queries.flaky.stressFailed(key);
    const latest = queries.flaky.latest(project, key);
    yield;
    if (latest?.hash === hash && !failed.has(latest.run)) continue;
    // What failed when it was new is as new as before: to submit it once more must not let it in.
    const runs = queries.flaky.runsWith(project, key).filter(({ run }) => !failed.has(run));
    const remembered = runs.slice(0, runsRemembered).map(({ run }) => run);
    changed.push(remembered.length === 0 ? { key } : { key, cases: queries.flaky.seenCases(key, remembered) });
    yield;
  }
  return { has_history: true, changed };
}

/** How the files of a run fared there; one in parts counts with its worst. */
function* filesSeen(queries: Queries, run: RunId): Parts<Map<string, FileSeen>> {
  const files = new Map<string, FileSeen>();
  for (let after = -1; ; yield) {
    const next = queries.flaky.nextFiles(run, after, tasksAtOnce);
    for (const { key, hash, stressFailed } of next) {
      const known = files.get(key);
      const isGood = stressFailed === 0 && (known?.isGood ?? true);
      files.set(key, { hash: known === undefined || known.hash < hash ? hash : known.hash, isGood });
    }
    const end = next.at(-1);
    if (end === undefined) return files;
    after = end.task;
  }
}
