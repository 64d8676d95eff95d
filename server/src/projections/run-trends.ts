import { Quarantine, keeping } from "@shardwright/core";
import { eq, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { runs, settings } from "../database/tables.ts";
import { isHistory } from "../database/history.ts";
import { type MeasuredTask, createMeasuredTasks, isMeasured } from "./measured-tasks.ts";
import { RunPoints } from "./run-points.ts";
import type { RunFigures, RunTally } from "./run-figures.ts";
import type { TrendStore } from "./trend-store.ts";

/** How far the tests of a run were gone through: the task that is next, and the last of its cases that was. */
interface Place {
  readonly task: number;
  readonly after: number | null;
}

/**
 * Turns what a run's final attempts took and measured into points, once the run has ended: whether a test was retried is known only then. A
 * fact does so for a few hundred cases and points, and the run's row remembers how far it came, so no one waits long for it, however large
 * the run.
 */
export function createRunTrends(database: Database, store: TrendStore, figures: RunFigures) {
  const p = sql.placeholder;
  const measured = createMeasuredTasks(database);
  const readRun = database
    .select({
      project: runs.project,
      context: runs.context,
      quarantine: runs.quarantine,
      at_ms: runs.submitted_at_ms,
      status: runs.status,
      verdict: runs.verdict,
      opened_at_ms: runs.opened_at_ms,
      ended_at_ms: runs.ended_at_ms,
      task: runs.trends_task,
      after: runs.trends_case,
      isDone: runs.trends_done,
      isHistory: sql<number>`${isHistory}`,
    })
    .from(runs)
    .where(eq(runs.id, p("run")))
    .prepare();
  const keepPlace = database
    .update(runs)
    .set({ trends_task: sql`${p("task")}`, trends_case: sql`${p("after")}`, trends_done: sql`${p("isDone")}` })
    .where(eq(runs.id, p("run")))
    .prepare();
  const readFloor = database.select({ value: settings.value }).from(settings).where(eq(settings.key, "trends-floor")).prepare();
  const floor_ms = (): number => {
    const value = readFloor.get()?.value;
    return typeof value === "number" ? value : keeping.floor_ms;
  };

  /** Goes on from a place for as long as the fact's share lasts. @returns where it stopped; undefined at the end */
  const goOn = (run: string, from: Place, points: RunPoints, tally: RunTally): Place | undefined => {
    let rows = 0;
    const left = () => keeping.takenTogether - rows - points.count;
    const tasks = measured.from(run, from.task, left());
    for (const ran of tasks) {
      let after = ran.task === from.task ? from.after : null;
      const cases = isMeasured(ran) ? measured.cases(run, ran, after, points.floorOf(ran), left()) : [];
      for (const { number, result } of cases) {
        if (result !== null) points.addCase(ran, result);
        rows += 1;
        after = number;
        if (left() <= 0) return { task: ran.task, after };
      }
      if (isMeasured(ran)) points.addFile(ran);
      if (isMeasured(ran) && ran.parts !== null) rows += addDivided(run, ran, points);
      rows += 1 + tally.add(ran, () => measured.sum_ms(run, ran));
      if (left() <= 0) return { task: ran.task + 1, after: null };
    }
    return undefined;
  };

  /** With the last of its parts comes a divided file. @returns how many were looked at */
  const addDivided = (run: string, ran: MeasuredTask, points: RunPoints): number => {
    const parts = measured.partsOf(run, ran);
    if (parts.at(-1)?.task === ran.task) points.addDivided(parts, (part) => measured.sum_ms(run, part));
    return parts.length;
  };

  return {
    /** Takes all anew where a run was opened again and has ended once more. */
    taken(run: string, position: number): void {
      const about = readRun.get({ run });
      if (about === undefined || about.status !== "ended" || about.isDone) return;
      if (!about.isHistory) return void keepPlace.run({ run, task: null, after: null, isDone: 1 });
      const { project, at_ms, context, task, after, opened_at_ms } = about;
      if (task === null) store.dropRun(run);
      const points = new RunPoints(
        {
          run,
          project,
          at_ms,
          commit: context.commit ?? null,
          branch: context.branch ?? null,
          proposed: context.pull_request !== undefined,
          quarantine: new Quarantine(about.quarantine ?? []),
          floor_ms: floor_ms(),
          position,
        },
        store,
      );
      const ended_at_ms = about.ended_at_ms ?? at_ms;
      const tally = figures.of({ run, project, opened_at_ms, ended_at_ms, passed: about.verdict === "passed" });
      const stopped = goOn(run, { task: task ?? 0, after }, points, tally);
      tally.keep(stopped === undefined);
      keepPlace.run({ run, task: stopped?.task ?? null, after: stopped?.after ?? null, isDone: Number(stopped === undefined) });
    },
  };
}
