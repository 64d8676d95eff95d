import type { FactOf, Incident } from "@shardwright/core";
import { and, desc, eq, inArray, lt, min } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { breakers, incidents, runs, workers } from "../database/tables.ts";

/** The oldest are forgotten beyond so many. */
const kept = 10_000;

/** What explains what became of runs: breakers that change, workers that go, coordinators that take over. */
export function createIncidentProjection(database: Database) {
  const add = (position: number, at_ms: number, incident: Incident, of: { worker?: string; run?: string } = {}): void => {
    database.insert(incidents).values({ position, at_ms, incident, worker: of.worker, run: of.run }).onConflictDoNothing().run();
  };
  const nameOf = (worker: string): string =>
    database.select({ name: workers.name }).from(workers).where(eq(workers.id, worker)).get()?.name ?? worker;
  const ofWorker = (worker: string, what: Incident["what"], reason?: string): Incident => ({
    of: "worker",
    what,
    name: nameOf(worker),
    ...(reason !== undefined && { reason }),
  });

  return {
    draining({ worker }: FactOf<"WorkerDraining">, at_ms: number, position: number): void {
      add(position, at_ms, ofWorker(worker, "draining"), { worker });
    },
    gone({ worker, status, reason }: FactOf<"WorkerGone">, at_ms: number, position: number): void {
      add(position, at_ms, ofWorker(worker, status, reason), { worker });
    },
    assessed({ worker, standing, health }: FactOf<"WorkerAssessed">, at_ms: number, position: number): void {
      const reason = standing === "unwell" ? `its health is ${health.score} of 100` : undefined;
      add(position, at_ms, ofWorker(worker, standing, reason), { worker });
    },
    /** To be called before the breaker itself is changed: only another phase is told. */
    breaker({ scope, name, breaker }: FactOf<"BreakerChanged">, at_ms: number, position: number): void {
      const which = and(eq(breakers.scope, scope), eq(breakers.name, name));
      const before = database.select({ breaker: breakers.breaker }).from(breakers).where(which).get()?.breaker;
      const { phase, since_ms } = breaker;
      if (phase === (before?.phase ?? "closed")) return;
      const what = phase === "open" ? "opened" : phase;
      const for_ms = phase === "open" ? { for_ms: Math.max(0, since_ms - at_ms) } : {};
      add(position, at_ms, { of: "breaker", what, scope, name, ...for_ms });
    },
    leader({ by, after, because }: FactOf<"LeadershipTaken">, at_ms: number, position: number): void {
      const why = { ...(after !== undefined && { after }), ...(because !== undefined && { because }) };
      add(position, at_ms, { of: "coordinator", what: "led", name: by, ...why });
    },
    ended({ run, excused = [] }: FactOf<"RunEnded">, at_ms: number, position: number): void {
      if (excused.length > 0) add(position, at_ms, { of: "run", what: "excused", name: String(excused.length) }, { run });
      const last = database
        .select({ position: incidents.position })
        .from(incidents)
        .orderBy(desc(incidents.position))
        .limit(1)
        .offset(kept)
        .get();
      if (last !== undefined)
        database
          .delete(incidents)
          .where(lt(incidents.position, last.position + 1))
          .run();
    },
    /** To be called after the runs are gone: what happened before the oldest that is kept explains nothing any more. */
    purged({ runs: purged }: FactOf<"RunsPurged">): void {
      database.delete(incidents).where(inArray(incidents.run, purged)).run();
      const oldest_ms = database
        .select({ at_ms: min(runs.submitted_at_ms) })
        .from(runs)
        .get()?.at_ms;
      if (oldest_ms != null) database.delete(incidents).where(lt(incidents.at_ms, oldest_ms)).run();
      else database.delete(incidents).run();
    },
  };
}
