import { type CaseResult, type RunId, caseKey } from "@shardwright/core";
import { and, asc, eq, sql } from "drizzle-orm";
import type { RowBatch } from "../database/compile.ts";
import type { Database } from "../database/open.ts";
import { attempts, cases } from "../database/tables.ts";

interface Resumed {
  readonly run: RunId;
  readonly task: number;
  readonly attempt: number;
  /** Number of the attempt that it resumed. */
  readonly resumes: number;
}

/**
 * What completes an attempt that resumed another: the cases of that one, and of those that it had resumed itself, which the later ones did
 * not report. They stand before the attempt's own, in their order.
 * @param newCases rows that wait; none may wait when an attempt is completed
 */
export function createTakingOver(database: Database, newCases: RowBatch) {
  const p = sql.placeholder;
  const casesOf = database
    .select({ status: cases.status, duration_ms: cases.duration_ms, result: cases.result })
    .from(cases)
    .where(and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt"))))
    .orderBy(asc(cases.number))
    .prepare();
  const resumedBy = database
    .select({ resumes: attempts.resumes })
    .from(attempts)
    .where(and(eq(attempts.run, p("run")), eq(attempts.task, p("task")), eq(attempts.attempt, p("attempt"))))
    .prepare();

  return ({ run, task, attempt, resumes }: Resumed): void => {
    const seen = new Set(casesOf.all({ run, task, attempt }).map(({ result }) => caseKey(result)));
    const kept: { status: string; duration_ms: number; result: CaseResult }[] = [];
    for (let from: number | null = resumes; from !== null; from = resumedBy.get({ run, task, attempt: from })?.resumes ?? null) {
      const fresh = casesOf.all({ run, task, attempt: from }).filter(({ result }) => !seen.has(caseKey(result)));
      for (const { result } of fresh) seen.add(caseKey(result));
      kept.unshift(...fresh);
    }
    kept.forEach(({ status, duration_ms, result }, index) => {
      const number = index - kept.length;
      newCases.add({ run, task, attempt, number, status, duration_ms, result: JSON.stringify(result) });
    });
    newCases.flush();
  };
}
