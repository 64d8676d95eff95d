import type { RunId } from "@shardwright/core";
import { sql } from "drizzle-orm";
import type { Database } from "../open.ts";
import { cases, runs, tasks } from "../tables.ts";

/** A project's newest runs, of which an answer about one of them may read all tasks. */
const runsBeside = 20;

/** Counts what an answer has to read, no further than up to a limit: a few hundred steps in an index. */
export function createWeightQueries(database: Database) {
  const counted = (of: ReturnType<typeof sql>): number => database.get<{ count: number }>(of)?.count ?? 0;
  return {
    tasksOf: (run: RunId, limit: number): number =>
      counted(sql`select count(*) as count from (select 1 from ${tasks} where ${tasks.run} = ${run} limit ${limit})`),
    casesOf: (run: RunId, limit: number): number =>
      counted(sql`select count(*) as count from (select 1 from ${cases} where ${cases.run} = ${run} limit ${limit})`),
    /** Tasks of a project's newest runs. */
    newestTasks: (project: string, limit: number): number =>
      counted(
        sql`select count(*) as count from (select 1 from ${tasks} where ${tasks.run} in (select ${runs.id} from ${runs} where ${runs.project} = ${project} order by ${runs.submitted_at_ms} desc limit ${runsBeside}) limit ${limit})`,
      ),
    /** Runs of a project, or of all. */
    runsOf: (project: string | undefined, limit: number): number =>
      counted(
        sql`select count(*) as count from (select 1 from ${runs} where ${project === undefined ? sql`true` : sql`${runs.project} = ${project}`} limit ${limit})`,
      ),
  };
}
