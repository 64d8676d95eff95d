import {
  type FactOf,
  type RunId,
  type Task,
  type TaskPart,
  type WorkerId,
  fileKey,
  hardwareClass,
  recentLimit,
} from "@shardwright/core";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import { compile } from "../database/compile.ts";
import type { Database } from "../database/open.ts";
import { attempts, cases, runs, tasks, timings, workers } from "../database/tables.ts";
import { isHistory } from "../database/history.ts";

/** Runs, and workers, of which something is remembered between facts. */
const rememberedLimit = 10_000;

/** @param flush to be called before attempts and cases are read */
export function createTimingProjection(database: Database, client: DatabaseSync, flush: () => void) {
  const p = sql.placeholder;
  const readProject = database
    .select({ project: runs.project })
    .from(runs)
    .where(and(eq(runs.id, p("run")), isHistory))
    .prepare();
  const readCapabilities = database
    .select({ capabilities: workers.capabilities })
    .from(workers)
    .where(eq(workers.id, p("worker")))
    .prepare();
  // As text, in which a number keeps all its digits.
  const latest = sql`json(${p("duration")})`;
  const longer = sql`json_insert(${timings.recent}, '$[#]', ${latest})`;
  const write = compile(
    client,
    database
      .insert(timings)
      .values({
        project: p("project"),
        key: p("key"),
        hardware_class: p("hardware_class"),
        recent: sql`json_array(${latest})`,
        at_ms: p("at_ms"),
      })
      .onConflictDoUpdate({
        target: [timings.project, timings.key, timings.hardware_class],
        set: {
          recent: sql`case when json_array_length(${timings.recent}) < ${sql.raw(String(recentLimit))} then ${longer} else json_remove(${longer}, '$[0]') end`,
          at_ms: sql`excluded.at_ms`,
        },
      }),
  );
  const readFile = compile(
    client,
    database
      .select({ file_key: tasks.file_key, part: tasks.part, repeat: tasks.repeat })
      .from(tasks)
      .where(and(eq(tasks.run, p("run")), eq(tasks.task, p("task")))),
  );
  /** The manifests of runs that go on, as far as they were submitted since the tables were opened. */
  const manifests = new Map<RunId, readonly Task[]>();
  /** A run's project never changes, and a worker's class only as it registers. */
  const projects = new Map<RunId, string | undefined>();
  const classes = new Map<WorkerId, string | undefined>();

  // Per part of a file that has passed: what the attempt took, and its cases of it.
  const readParts = database
    .select({
      task: tasks.task,
      duration_ms: attempts.duration_ms,
      cases_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)`,
    })
    .from(tasks)
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task)))
    .leftJoin(cases, and(eq(cases.run, attempts.run), eq(cases.task, attempts.task), eq(cases.attempt, attempts.attempt)))
    .where(and(eq(tasks.run, p("run")), eq(tasks.file_key, p("key")), isNull(tasks.repeat), eq(attempts.status, "passed")))
    .groupBy(tasks.task, attempts.attempt)
    .prepare();
  const readCases = database
    .select({ cases_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)` })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt"))))
    .prepare();

  /** What a file would take as a whole, once its last part has passed: all cases, and once what the file costs by itself. */
  const wholeDuration = (fact: FactOf<"AttemptFinished">, key: string, count: number): number | undefined => {
    const { run, task, attempt, duration_ms } = fact;
    flush();
    const parts = new Map(readParts.all({ run, key }).map((part) => [part.task, part]));
    parts.set(task, { task, duration_ms, cases_ms: readCases.get({ run, task, attempt })?.cases_ms ?? 0 });
    if (parts.size < count) return undefined;
    const cases_ms = [...parts.values()].reduce((sum, part) => sum + part.cases_ms, 0);
    const own_ms = [...parts.values()].reduce((sum, part) => sum + Math.max(0, part.duration_ms - part.cases_ms), 0);
    return cases_ms + own_ms / count;
  };

  const projectOf = (run: RunId) => remembered(projects, run, () => readProject.get({ run })?.project);
  const classOf = (worker: WorkerId) =>
    remembered(classes, worker, () => {
      const capabilities = readCapabilities.get({ worker })?.capabilities;
      return capabilities === undefined ? undefined : hardwareClass(capabilities);
    });

  /** Nothing of a repetition: it may be of some cases alone, and is begun with what its file has loaded already. */
  const fileOf = (run: RunId, task: number): { key: string; count: number | undefined } | undefined => {
    const known = manifests.get(run)?.[task];
    if (known !== undefined) return known.repeat === undefined ? { key: fileKey(known), count: known.part?.count } : undefined;
    const row = readFile.get({ run, task });
    if (row === undefined) return undefined;
    const { file_key: key, part, repeat } = row as { file_key: string; part: string | null; repeat: string | null };
    if (repeat !== null) return undefined;
    return { key, count: part === null ? undefined : (JSON.parse(part) as TaskPart | null)?.count };
  };

  return {
    submitted({ run, submission }: FactOf<"RunSubmitted">): void {
      if (manifests.size >= rememberedLimit) manifests.clear();
      manifests.set(run, submission.tasks);
    },

    ended: (run: RunId): boolean => manifests.delete(run),

    /** Keeps the durations of whole, passing attempts: what a failure or a loss took says nothing about the next time. */
    finished(fact: FactOf<"AttemptFinished">, worker: WorkerId, at_ms: number): void {
      const { run, task, outcome, duration_ms } = fact;
      if (outcome !== "passed" || duration_ms <= 0) return;
      const project = projectOf(run);
      const hardware_class = classOf(worker);
      const file = fileOf(run, task);
      if (project === undefined || hardware_class === undefined || file === undefined) return;
      const { key, count } = file;
      const whole_ms = count === undefined ? duration_ms : wholeDuration(fact, key, count);
      if (whole_ms !== undefined) write.run({ project, key, hardware_class, duration: String(whole_ms), at_ms });
    },

    /** Forgets all it knows: the tables are others now. */
    forget(): void {
      for (const known of [manifests, projects, classes]) known.clear();
    },

    /** Forgets what it knows of a worker. */
    registered: (worker: WorkerId): boolean => classes.delete(worker),
  };
}

/** What was read before, or is read now and kept. */
function remembered<K, V>(known: Map<K, V>, key: K, read: () => V): V {
  const value = known.get(key);
  if (value !== undefined) return value;
  const found = read();
  if (known.size >= rememberedLimit) known.clear();
  known.set(key, found);
  return found;
}
