import type { Database } from "./open.ts";
import { createRunQueries } from "./queries/runs.ts";
import { createTaskQueries } from "./queries/tasks.ts";
import { createTimingQueries } from "./queries/timings.ts";
import { createTokenQueries } from "./queries/tokens.ts";
import { createWorkerQueries } from "./queries/workers.ts";

/** All that the coordinator reads from its tables. */
export function createQueries(database: Database) {
  return {
    runs: createRunQueries(database),
    tasks: createTaskQueries(database),
    timings: createTimingQueries(database),
    tokens: createTokenQueries(database),
    workers: createWorkerQueries(database),
  };
}
export type Queries = ReturnType<typeof createQueries>;
