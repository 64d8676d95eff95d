import {
  type FailureHistory,
  type FailureList,
  type LongAssociation,
  type Observation,
  type ObservedRun,
  associateAcrossRuns,
  associationFields,
  associationSentence,
  circumstancesOf,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { FailureGroupRow } from "../database/queries/failures.ts";
import type { RunRow } from "../database/queries/runs.ts";

/** Attempts that are looked at for what failures go with over several runs, the newest runs' first. */
const attemptsRead = 50_000;

/** What is known of a run's failures from the project's runs up to it, by fingerprint; nothing while it goes on. */
export function failureHistories(queries: Queries, row: RunRow): Map<string, FailureHistory> {
  const groups = row.verdict === null ? [] : queries.failures.groupsOfRun(row.project, row.id);
  if (groups.length === 0) return new Map();
  const recent = queries.failures.recentRuns(row.project, row.submitted_at_ms);
  const counts = queries.failures.counts(
    row.project,
    recent.map(({ id }) => id),
  );
  const isRepeated = groups.some(({ fingerprint }) => (counts.get(fingerprint)?.runs ?? 0) > 1);
  const associations = isRepeated ? associateAcrossRuns(observedRuns(queries, recent)) : new Map<string, LongAssociation>();
  return new Map(
    groups.map((group) => {
      const association = associations.get(group.fingerprint);
      return [
        group.fingerprint,
        {
          first_run: group.first_run_key,
          ...(group.first_commit !== null && { first_commit: group.first_commit }),
          first_seen_ms: group.first_at_ms,
          runs: counts.get(group.fingerprint)?.runs ?? 1,
          of: recent.length,
          ...told(association),
        },
      ];
    }),
  );
}

/** How tests of a project fail, last seen first, with what it goes with over its last runs. */
export function failureList(queries: Queries, project: string, limit: number): FailureList {
  const groups = queries.failures.latest(project, limit);
  const recent = queries.failures.recentRuns(project, Number.MAX_SAFE_INTEGER);
  const counts = queries.failures.counts(
    project,
    recent.map(({ id }) => id),
  );
  const associations =
    groups.length === 0 ? new Map<string, LongAssociation>() : associateAcrossRuns(observedRuns(queries, recent));
  return {
    project,
    of_runs: recent.length,
    failures: groups.map((group) => {
      const { fingerprint, kind, title, frame } = group;
      const association = associations.get(fingerprint);
      return {
        fingerprint,
        kind,
        title,
        ...(frame !== null && { frame }),
        ...shownBy(group),
        runs: counts.get(fingerprint)?.runs ?? 0,
        cases: counts.get(fingerprint)?.cases ?? 0,
        ...told(association),
      };
    }),
  };
}

function shownBy(group: FailureGroupRow): Pick<FailureList["failures"][number], "first" | "last"> {
  const { first_commit, last_commit } = group;
  return {
    first: {
      run: group.first_run,
      run_key: group.first_run_key,
      ...(first_commit !== null && { commit: first_commit }),
      at_ms: group.first_at_ms,
    },
    last: {
      run: group.last_run,
      run_key: group.last_run_key,
      ...(last_commit !== null && { commit: last_commit }),
      at_ms: group.last_at_ms,
    },
  };
}

function told(association: LongAssociation | undefined): Pick<FailureHistory, "association" | "sentence"> {
  if (association === undefined) return {};
  const { counted, ...fields } = association;
  return { association: associationFields(fields), sentence: associationSentence(association, { dated: true, counted }) };
}

function observedRuns(queries: Queries, recent: ReturnType<Queries["failures"]["recentRuns"]>): ObservedRun[] {
  const observed: ObservedRun[] = [];
  let left = attemptsRead;
  for (const { id, submitted_at_ms, suites } of recent) {
    const found = queries.failures.attempts(id, left);
    if (found === undefined) break;
    left -= found.rows.length;
    const runners = new Map(suites.map(({ name, runner }) => [name, runner]));
    observed.push({ run: id, began_ms: submitted_at_ms, observations: observationsOf(found, runners) });
  }
  return observed;
}

type Found = NonNullable<ReturnType<Queries["failures"]["attempts"]>>;

function observationsOf({ rows, failures }: Found, runners: ReadonlyMap<string, string>): Observation[] {
  const failed = new Map<string, { fingerprint: string; environmental: boolean }[]>();
  for (const { task, attempt, fingerprint } of failures) {
    const key = `${task}.${attempt}`;
    // Whether it points at the surroundings matters to mass failures alone, which are a run's own.
    const failure = { fingerprint, environmental: false };
    const known = failed.get(key);
    if (known === undefined) failed.set(key, [failure]);
    else known.push(failure);
  }
  const preceding = precedingFiles(rows);
  const seen = new Set<number>();
  return rows.map((row) => {
    const { task, attempt, name, status, ended_at_ms, duration_ms, suite, args, requirements, capabilities } = row;
    const first = !seen.has(task);
    seen.add(task);
    const ended_ms = ended_at_ms ?? 0;
    const began_ms = Math.max(0, ended_ms - duration_ms);
    return {
      unit: String(task),
      alike: JSON.stringify([suite, requirements]),
      suite,
      worker: name,
      began_ms,
      ended_ms,
      first,
      passed: status === "passed",
      failures: failed.get(`${task}.${attempt}`) ?? [],
      values: circumstancesOf({
        worker: name,
        capabilities,
        task: { requirements, runner: runners.get(suite) ?? "", args },
        began_ms,
        preceding: preceding.get(row),
      }),
    };
  });
}

/** What ran right before each attempt on its worker, where that runs one at a time. */
function precedingFiles(rows: Found["rows"]): Map<Found["rows"][number], string> {
  const preceding = new Map<Found["rows"][number], string>();
  const last = new Map<string, string>();
  for (const row of rows.toSorted((a, b) => (a.ended_at_ms ?? 0) - (b.ended_at_ms ?? 0))) {
    if (row.slots !== 1) continue;
    const before = last.get(row.worker);
    if (before !== undefined) preceding.set(row, before);
    last.set(row.worker, row.file);
  }
  return preceding;
}
