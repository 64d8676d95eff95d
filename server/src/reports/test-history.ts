import {
  type QuarantineEntry,
  type RunId,
  ShardwrightError,
  type TestAttempt,
  type TestHistory,
  associationFields,
  associationSentence,
  caseName,
  firstLine,
  flakinessOf,
  hardwareClass,
  steadinessOf,
  type testHistoryQuerySchema,
} from "@shardwright/core";
import type { z } from "zod";
import type { Queries } from "../database/queries.ts";
import { cursorOf } from "../database/queries/run-filter.ts";
import { caseAttempts, entryOf, namesOf } from "./flaky.ts";

type Query = z.output<typeof testHistoryQuerySchema>;
type FileRow = ReturnType<Queries["testHistory"]["ofFile"]>[number];
type CaseRow = ReturnType<Queries["testHistory"]["ofCase"]>[number];

/** Cases of runs that are read to find those of one name. */
const casesRead = 40_000;

/** How a test, or a file as a whole, fared from run to run. @throws ShardwrightError `not-found`, `bad-request` for a bad cursor */
export function testHistory(queries: Queries, query: Query, now_ms: number): TestHistory {
  const { project, key, case: name } = query;
  const { runs, next } = runsOf(queries, query);
  const ids = runs.map(({ id }) => id);
  const rows = name === undefined ? queries.testHistory.ofFile(key, ids) : queries.testHistory.ofCase(key, ids, name);
  const file = rows[0]?.file ?? fileOf(queries, key, ids);
  if (file === undefined || (rows.length === 0 && next === undefined && query.before === undefined))
    throw new ShardwrightError("not-found", { what: `test ${name ?? key} in the project ${project}` });
  const quarantine = quarantineOf(queries, project, file, name, now_ms);
  return {
    project,
    key,
    file,
    ...(name !== undefined && { case: name }),
    attempts: rows.map(attemptOf),
    ...(next !== undefined && { next }),
    ...(name !== undefined && { flakiness: flakinessOfCase(queries, project, key, rows as CaseRow[], now_ms) }),
    ...(quarantine !== undefined && { quarantine }),
    cases: name === undefined ? casesOf(queries, key, ids[0]) : [],
  };
}

/** A page of the newest runs, of which all cases together are not too many to be read; the first in any case. */
function runsOf(queries: Queries, query: Query) {
  const found = queries.testHistory.runsWith(query, query.limit + 1);
  let left = query.case === undefined ? Infinity : casesRead;
  const runs: typeof found = [];
  for (const run of found.slice(0, query.limit)) {
    left -= run.cases;
    if (left < 0 && runs.length > 0) break;
    runs.push(run);
  }
  const last = runs.at(-1);
  return { runs, next: last !== undefined && found.length > runs.length ? cursorOf(last) : undefined };
}

function fileOf(queries: Queries, key: string, ids: readonly RunId[]): string | undefined {
  return queries.testHistory.ofFile(key, ids.slice(0, 1))[0]?.file;
}

function attemptOf(row: FileRow | CaseRow): TestAttempt {
  const { commit, branch } = row.context;
  const message = "message" in row ? (row.message ?? undefined) : row.failure?.message;
  return {
    run: row.run,
    run_key: row.run_key,
    task: row.task,
    attempt: row.attempt,
    at_ms: row.ended_at_ms ?? row.leased_at_ms,
    status: "case_status" in row ? row.case_status : row.status,
    duration_ms: "case_duration_ms" in row ? row.case_duration_ms : row.duration_ms,
    worker: row.worker,
    hardware_class: hardwareClass(row.capabilities),
    ...(row.browser !== null && { browser: row.browser }),
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(row.verdict !== null && { verdict: row.verdict }),
    ...(row.part !== null && { part: row.part.index }),
    ...(message !== undefined && { message: firstLine(message) }),
  };
}

function flakinessOfCase(
  queries: Queries,
  project: string,
  key: string,
  rows: readonly CaseRow[],
  now_ms: number,
): NonNullable<TestHistory["flakiness"]> {
  const tries = caseAttempts(queries, project, key, [...new Set(rows.map(({ case_key }) => case_key))]);
  const { posterior, flips, observations } = steadinessOf(tries, now_ms);
  const flaky = flakinessOf(tries, now_ms);
  return {
    score: posterior.mean,
    low: posterior.low,
    high: posterior.high,
    flips,
    observations,
    ...(flaky !== undefined && { last_flip_ms: flaky.last_flip_ms }),
    ...(flaky?.association !== undefined && {
      association: associationFields(flaky.association),
      sentence: associationSentence(flaky.association, { dated: true }),
    }),
  };
}

/** The entry that stands for a test: its own, or that of a group it is in, or of its file. */
function quarantineOf(
  queries: Queries,
  project: string,
  file: string,
  name: string | undefined,
  now_ms: number,
): QuarantineEntry | undefined {
  const names = name === undefined ? [file] : namesOf(file, name);
  const entries = queries.quarantine.ofProject(project);
  const entry = names.map((each) => entries.find(({ test }) => test === each)).find((each) => each !== undefined);
  return entry === undefined ? undefined : entryOf(entry, now_ms);
}

function casesOf(queries: Queries, key: string, newest: RunId | undefined): TestHistory["cases"] {
  if (newest === undefined) return [];
  return queries.testHistory
    .casesOf(newest, key)
    .map(({ status, duration_ms, result }) => ({ name: caseName(result), status, duration_ms }));
}
