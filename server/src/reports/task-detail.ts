import {
  type AttemptDetail,
  type CaseResult,
  type RunId,
  ShardwrightError,
  type TaskDetail,
  cutText,
  recoveryPhrase,
  shownTextLimit,
} from "@shardwright/core";
import type { Queries } from "../database/queries.ts";
import type { AttemptRow } from "../database/queries/tasks.ts";

interface Page {
  readonly attempt?: number | undefined;
  readonly only?: "failed" | undefined;
  readonly after: number;
  readonly limit: number;
}

/** One task, its attempts, and a page of the cases of one of them. @throws ShardwrightError `not-found` */
export function taskDetail(queries: Queries, run: RunId, number: number, page: Page): TaskDetail {
  const { taskDetail: read } = queries;
  const of = queries.runs.byId(run);
  const row = of === undefined ? undefined : read.task(run, number);
  if (of === undefined || row === undefined) throw new ShardwrightError("not-found", { what: `task ${number} in ${run}` });
  const rows = read.attempts(run, number);
  const attempt = page.attempt ?? (row.current === 0 ? undefined : row.current);
  if (page.attempt !== undefined && !rows.some((each) => each.attempt === attempt))
    throw new ShardwrightError("not-found", { what: `attempt ${page.attempt} of task ${number} in ${run}` });
  const { after, limit } = page;
  const found =
    attempt === undefined
      ? []
      : read.cases({ run, task: number, attempt }, { onlyFailed: page.only === "failed", after, limit: limit + 1 });
  return {
    run,
    task: number,
    suite: row.suite,
    file: row.file,
    args: row.args,
    requirements: row.requirements,
    ...(row.browser !== null && { browser: row.browser }),
    status: row.status,
    flaky: row.flaky,
    ...(row.quarantined && { quarantined: true as const }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.estimate_ms !== null && { estimate_ms: row.estimate_ms }),
    ...(row.part !== null && { part: { index: row.part.index, count: row.part.count } }),
    attempts: describeAttempts(queries, { run, number, submitted_at_ms: of.submitted_at_ms }, rows),
    ...(attempt !== undefined && { of: attempt }),
    cases: found.slice(0, limit).map(shortened),
    ...(found.length > limit && { next: after + limit }),
  };
}

function describeAttempts(
  { taskDetail: read, workers }: Queries,
  { run, number, submitted_at_ms }: { run: RunId; number: number; submitted_at_ms: number },
  rows: readonly AttemptRow[],
): AttemptDetail[] {
  const counts = new Map(read.counts(run, number).map((each) => [each.attempt, each]));
  const files = Map.groupBy(read.artifacts(run, number), ({ attempt }) => attempt);
  const since = (at_ms: number): number => Math.max(0, at_ms - submitted_at_ms);
  return rows.map((row) => ({
    attempt: row.attempt,
    worker: { id: row.worker, name: workers.byId(row.worker)?.name ?? row.worker },
    status: row.status,
    ...(row.duplicate && { duplicate: true as const }),
    ...(row.resumes !== null && { resumes: row.resumes }),
    dealt_ms: since(row.leased_at_ms),
    ...(row.ended_at_ms !== null && { ended_ms: since(row.ended_at_ms) }),
    duration_ms: row.duration_ms,
    ...(row.failure != null && { failure: row.failure }),
    ...(row.recovery != null && { decided: recoveryPhrase(row.recovery) }),
    ...(row.log_sha256 !== null && { log: { sha256: row.log_sha256, bytes: row.log_bytes ?? 0 } }),
    artifacts: (files.get(row.attempt) ?? []).map(({ name, sha256, bytes, shared }) => ({
      name,
      sha256,
      bytes,
      ...(shared && { shared: true as const }),
    })),
    cases: counts.get(row.attempt)?.cases ?? 0,
    failed: counts.get(row.attempt)?.failed ?? 0,
  }));
}

/** Without what would make a page of them too large to look at: the report has it. */
function shortened({ metrics: _metrics, computed: _computed, ...result }: CaseResult): CaseResult {
  const texts = (["message", "details", "output"] as const).flatMap((name) => {
    const text = result[name];
    return text === undefined ? [] : [[name, cutText(text, shownTextLimit)] as const];
  });
  return { ...result, ...Object.fromEntries(texts) };
}
