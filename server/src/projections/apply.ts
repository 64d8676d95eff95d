import type { Fact } from "@shardwright/core";
import { eq, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import type { Database } from "../database/open.ts";
import * as tables from "../database/tables.ts";
import type { Projections } from "../ledger/ledger.ts";
import { createArtifactProjection } from "./artifacts.ts";
import { createAttemptProjection } from "./attempts.ts";
import { createRunProjection } from "./runs.ts";
import { createTimingProjection } from "./timings.ts";
import { createTokenProjection } from "./tokens.ts";
import { createWorkerProjection } from "./workers.ts";

const { progress } = tables;

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
  database.insert(progress).values({ id: 1, position: 0, fence: 0 }).onConflictDoNothing().run();
  const row = database.select().from(progress).where(eq(progress.id, 1)).get();
  let position = row?.position ?? 0;
  const advance = database
    .update(progress)
    .set({ position: sql`${sql.placeholder("position")}` })
    .where(eq(progress.id, 1))
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

  return {
    get position() {
      return position;
    },
    apply(facts) {
      const last = facts.at(-1);
      if (last === undefined) return;
      client.exec("BEGIN");
      try {
        for (const fact of facts) apply(fact);
        advance.run({ position: last.position });
        client.exec("COMMIT");
      } catch (error) {
        // A full disk may have ended it already.
        if (client.isTransaction) client.exec("ROLLBACK");
        throw error;
      }
      position = last.position;
    },
    clear() {
      client.exec("BEGIN");
      for (const table of Object.values(tables)) if (table !== progress) database.delete(table).run();
      database.update(progress).set({ position: 0, fence: 0 }).run();
      client.exec("COMMIT");
      position = 0;
    },
    flush: () => {
      client.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
  };
}
