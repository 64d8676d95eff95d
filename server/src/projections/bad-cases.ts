import type { CaseResult, RunId } from "@shardwright/core";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { cases } from "../database/tables.ts";

/** Cases of one run that are read. */
const casesRead = 5000;

/** The cases of a run that went wrong. */
export interface BadCases {
  /** By `task.attempt`, in the order in which they were reported. */
  readonly byAttempt: ReadonlyMap<string, CaseResult[]>;
  /** There are more than were read. */
  readonly isCut: boolean;
}

/** @returns what reads them, once for all that look at a run when it has ended */
export function createBadCases(database: Database): (run: RunId) => BadCases {
  const p = sql.placeholder;
  const bad = database
    .select({ task: cases.task, attempt: cases.attempt, result: cases.result })
    .from(cases)
    .where(and(eq(cases.run, p("run")), inArray(cases.status, ["failed", "errored"])))
    .orderBy(asc(cases.task), asc(cases.attempt), asc(cases.number))
    .limit(casesRead + 1)
    .prepare();

  return (run) => {
    const rows = bad.all({ run });
    const byAttempt = new Map<string, CaseResult[]>();
    for (const { task, attempt, result } of rows.slice(0, casesRead)) {
      const known = byAttempt.get(`${task}.${attempt}`);
      if (known === undefined) byAttempt.set(`${task}.${attempt}`, [result]);
      else known.push(result);
    }
    return { byAttempt, isCut: rows.length > casesRead };
  };
}
