import type { Fact, FactBody, RunId } from "@shardwright/core";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import type { Database } from "../database/open.ts";
import * as tables from "../database/tables.ts";
import type { AppliedFact, Projections } from "../ledger/ledger.ts";
import { atThisVersion, copyTables } from "./copy-tables.ts";
import { createArtifactProjection } from "./artifacts.ts";
import { createAttemptProjection } from "./attempts.ts";
import { createRunProjection } from "./runs.ts";
import { createTimingProjection } from "./timings.ts";
import { createTokenProjection } from "./tokens.ts";
import { createWorkerProjection } from "./workers.ts";

const { facts, progress } = tables;

/**
 * The tables as facts build them. Applying is deterministic: it reads no clock and rolls no dice, so every node that applies the same
 * facts has the same tables.
 */
export function createProjections(database: Database, client: DatabaseSync): Projections {
  const runs = createRunProjection(database);
  const attempts = createAttemptProjection(database);
  const artifacts = createArtifactProjection(database);
  const timings = createTimingProjection(database);
  const workers = createWorkerProjection(database);
  const tokens = createTokenProjection(database);
  const p = sql.placeholder;
  database.insert(progress).values({ id: 1, position: 0, fence: 0, applied: 0 }).onConflictDoNothing().run();
  const read = () => database.select().from(progress).where(eq(progress.id, 1)).get();
  let { position = 0, applied = 0 } = read() ?? {};
  const advance = database
    .update(progress)
    .set({ position: sql`${p("position")}`, applied: sql`${p("applied")}` })
    .where(eq(progress.id, 1))
    .prepare();
  const keep = database
    .insert(facts)
    .values({ position: p("position"), at_ms: p("at_ms"), run: p("run"), body: p("body") })
    .prepare();
  const ofRun = database
    .select()
    .from(facts)
    .where(and(eq(facts.run, p("run")), gt(facts.position, p("after"))))
    .orderBy(asc(facts.position))
    .limit(p("limit"))
    .prepare();

  const apply = ({ position, at_ms, body }: Fact): void => {
    switch (body.type) {
      case "RunSubmitted":
        return runs.submitted(body, at_ms, position);
      case "RunReopened":
        return runs.reopened(body, at_ms, position);
      case "RunJoined":
        return runs.joined(body);
      case "TasksLeased":
        return attempts.leased(body, at_ms);
      case "CasesFinished":
        return attempts.cases(body);
      case "AttemptFinished":
        timings.finished(body, at_ms);
        artifacts.finished(body);
        return attempts.finished(body, at_ms);
      case "TasksSettled":
        return attempts.settled(body, at_ms);
      case "RunNoticed":
        return runs.noticed(body, at_ms);
      case "RunCancelled":
        return runs.cancelled(body);
      case "RunEnded":
        return runs.ended(body, at_ms, position);
      case "PublicationClaimed":
        return runs.publication(body, at_ms);
      case "RunsPurged":
        return runs.purged(body);
      case "WorkerRegistered":
        return workers.registered(body, at_ms);
      case "WorkerDraining":
        return workers.draining(body);
      case "WorkerGone":
        return workers.gone(body, at_ms);
      case "TokenCreated":
        return tokens.created(body, at_ms);
      case "TokenRevoked":
        return tokens.revoked(body);
    }
  };

  const all = Object.values(tables);
  return {
    get position() {
      return position;
    },
    get applied() {
      return applied;
    },
    apply(added: readonly AppliedFact[], until: number) {
      const last = added.at(-1)?.fact.position ?? position;
      client.exec("BEGIN");
      try {
        for (const { fact, text } of added) {
          apply(fact);
          const { position, at_ms, body } = fact;
          if ("run" in body) keep.run({ position, at_ms, run: body.run, body: text });
        }
        advance.run({ position: last, applied: until });
        client.exec("COMMIT");
      } catch (error) {
        // A full disk may have ended it already.
        if (client.isTransaction) client.exec("ROLLBACK");
        throw error;
      }
      position = last;
      applied = until;
    },
    history(run: RunId, after: number, limit: number): Fact[] {
      return ofRun
        .all({ run, after, limit })
        .map(({ position, at_ms, body }) => ({ position, at_ms, body: JSON.parse(body) as FactBody }));
    },
    clear() {
      client.exec("BEGIN");
      for (const table of all) if (table !== progress) database.delete(table).run();
      database.update(progress).set({ position: 0, fence: 0, applied: 0 }).run();
      client.exec("COMMIT");
      position = 0;
      applied = 0;
    },
    restore(file) {
      const { path, forget } = atThisVersion(file);
      try {
        copyTables(client, path);
      } finally {
        forget();
      }
      ({ position = 0, applied = 0 } = read() ?? {});
    },
  };
}
