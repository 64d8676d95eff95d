import { type Failure, ShardwrightError, type WorkerAttempt, type WorkerId, firstLine } from "@shardwright/core";
import { type SQL, and, asc, desc, eq, inArray, isNotNull, sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { attempts, progress, runs, tasks, workers } from "../tables.ts";

export type WorkerRow = typeof workers.$inferSelect;

/** Attempts of a worker that are told as running at most: it has 256 slots, each with a batch. */
const runningTold = 1000;

const attemptColumns = {
  run: attempts.run,
  run_key: runs.run_key,
  project: runs.project,
  task: attempts.task,
  attempt: attempts.attempt,
  key: tasks.key,
  file: tasks.file,
  status: attempts.status,
  leased_at_ms: attempts.leased_at_ms,
  ended_at_ms: attempts.ended_at_ms,
  duration_ms: attempts.duration_ms,
  failure: attempts.failure,
};

/** Reads workers, and the highest fence ever given. */
export function createWorkerQueries(database: Database) {
  const attemptsOf = (condition: SQL | undefined) =>
    database
      .select(attemptColumns)
      .from(attempts)
      .innerJoin(tasks, and(eq(tasks.run, attempts.run), eq(tasks.task, attempts.task)))
      .innerJoin(runs, eq(runs.id, attempts.run))
      .where(condition);
  return {
    /** What it was handed and has not ended, the longest first. */
    now: (worker: WorkerId): WorkerAttempt[] =>
      attemptsOf(and(eq(attempts.worker, worker), eq(attempts.status, "running")))
        .orderBy(asc(attempts.leased_at_ms), asc(attempts.run), asc(attempts.task))
        .limit(runningTold)
        .all()
        .map(attemptOf),
    /** What it has run, newest first. @throws ShardwrightError `bad-request` for a cursor that no answer gave */
    history(worker: WorkerId, before: string | undefined, limit: number): { history: WorkerAttempt[]; next?: string } {
      const place = sql`(${attempts.ended_at_ms}, ${attempts.run}, ${attempts.task}, ${attempts.attempt})`;
      const found = attemptsOf(
        and(
          eq(attempts.worker, worker),
          isNotNull(attempts.ended_at_ms),
          before === undefined ? undefined : sql`${place} < ${placeIn(before)}`,
        ),
      )
        .orderBy(desc(attempts.ended_at_ms), desc(attempts.run), desc(attempts.task), desc(attempts.attempt))
        .limit(limit + 1)
        .all();
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return {
        history: shown.map(attemptOf),
        ...(last !== undefined && { next: [last.ended_at_ms, last.run, last.task, last.attempt].join(".") }),
      };
    },
    byId: (id: WorkerId): WorkerRow | undefined => database.select().from(workers).where(eq(workers.id, id)).get(),
    /** The most recently registered ones. */
    list: (limit: number): WorkerRow[] =>
      database.select().from(workers).orderBy(desc(workers.registered_at_ms), asc(workers.name)).limit(limit).all(),
    /** Those that were there when the coordinator stopped. */
    present: (): WorkerRow[] =>
      database
        .select()
        .from(workers)
        .where(inArray(workers.status, ["live", "draining"]))
        .orderBy(asc(workers.registered_at_ms))
        .all(),
    lastFence: (): number => database.select({ fence: progress.fence }).from(progress).get()?.fence ?? 0,
  };
}

function placeIn(cursor: string): SQL {
  const [, ended_at_ms, run, task, attempt] = /^(\d{1,16})\.(r-[0-9a-z]{16})\.(\d{1,9})\.(\d{1,9})$/.exec(cursor) ?? [];
  if (run === undefined)
    throw new ShardwrightError("bad-request", { problems: "query.before: give what `next` was in the answer before" });
  return sql`(${Number(ended_at_ms)}, ${run}, ${Number(task)}, ${Number(attempt)})`;
}

function attemptOf({
  ended_at_ms,
  failure,
  ...row
}: Omit<WorkerAttempt, "ended_at_ms" | "message"> & { ended_at_ms: number | null; failure: Failure | null }): WorkerAttempt {
  return {
    ...row,
    ...(ended_at_ms !== null && { ended_at_ms }),
    ...(failure !== null && { message: firstLine(failure.message) }),
  };
}
