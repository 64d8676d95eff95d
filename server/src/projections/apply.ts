import { type Fact, type FactVersions, type RunId, ShardwrightError, factVersions, judgedSince } from "@shardwright/core";
import { and, asc, eq, gt, sql } from "drizzle-orm";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, type Timer, systemClock } from "../clock.ts";
import { compile } from "../database/compile.ts";
import type { Database } from "../database/open.ts";
import * as tables from "../database/tables.ts";
import type { AppliedFact, Projections } from "../ledger/ledger.ts";
import { atThisVersion, copyTables } from "./copy-tables.ts";
import { factsOf, rowsOf } from "./fact-rows.ts";
import { createArtifactProjection } from "./artifacts.ts";
import { createAttemptProjection } from "./attempts.ts";
import { createAuditProjection } from "./audit.ts";
import { createBadCases } from "./bad-cases.ts";
import { createBreakerProjection } from "./breakers.ts";
import { createCoverageProjection } from "./coverage.ts";
import { createConfirmationProjection } from "./trend-confirmations.ts";
import { createFailedCaseProjection } from "./failed-cases.ts";
import { createIncidentProjection } from "./incidents.ts";
import { createFailureProjection } from "./failures.ts";
import { createQuarantineProjection } from "./quarantine.ts";
import { createRunProjection } from "./runs.ts";
import { createSettingProjection } from "./settings.ts";
import { createTimingProjection } from "./timings.ts";
import { Tally } from "../observability/tally.ts";
import { createTokenProjection } from "./tokens.ts";
import { createTrendAlertProjection } from "./trend-alerts.ts";
import { createTrendProjection } from "./trends.ts";
import { createTuningProjection } from "./tuning.ts";
import { createWorkerProjection } from "./workers.ts";

const { facts, progress } = tables;

/** Facts, and tasks of submissions, that may wait to be written into the tables. */
const pendingLimit = 16_384;
/** How long they wait while nothing more comes, and how long at most. */
const quiet_ms = 4;
const patience_ms = 100;
/** Rows of facts read at a time. */
const rowsRead = 8;

/**
 * The tables as facts build them. Applying is deterministic: it reads no clock and rolls no dice, so every node that applies the same
 * facts has the same tables. Facts wait a moment to be written together, many in one transaction; whoever reads calls `settle` first. What
 * waits when the process dies is applied from the ledger at the next start.
 * @param known facts; all that this program knows when absent
 * @param written told after each transaction
 * @throws ShardwrightError `version-too-old` for tables of a cluster that has agreed on facts which are not known
 */
export function createProjections(
  database: Database,
  client: DatabaseSync,
  clock: Clock = systemClock,
  known: FactVersions = factVersions,
  written: () => void = () => {},
): Projections {
  const runs = createRunProjection(database, client);
  const attempts = createAttemptProjection(database, client);
  const artifacts = createArtifactProjection(database);
  const audit = createAuditProjection(database);
  const badCasesOf = createBadCases(database);
  const failures = createFailureProjection(database);
  const failedCases = createFailedCaseProjection(database);
  const quarantine = createQuarantineProjection(database);
  const timings = createTimingProjection(database, client, attempts.flush);
  const workers = createWorkerProjection(database);
  const breakers = createBreakerProjection(database);
  const incidents = createIncidentProjection(database);
  const tokens = createTokenProjection(database);
  const trends = createTrendProjection(database, client);
  const alerts = createTrendAlertProjection(database);
  const confirmations = createConfirmationProjection(database);
  const coverage = createCoverageProjection(database);
  const settings = createSettingProjection(database);
  const tuning = createTuningProjection(database);
  const p = sql.placeholder;
  database.insert(progress).values({ id: 1, position: 0, fence: 0, applied: 0 }).onConflictDoNothing().run();
  const read = () => database.select().from(progress).where(eq(progress.id, 1)).get();
  let { position = 0, applied = 0, fact_version: factVersion = 1 } = read() ?? {};
  const refuseNewer = (agreed: number): void => {
    if (agreed > known.version) throw new ShardwrightError("version-too-old", { known: known.version, agreed });
  };
  refuseNewer(factVersion);
  /** By the facts that are written: others wait. */
  let agreedOn = factVersion;
  const advance = database
    .update(progress)
    .set({
      position: sql`${p("position")}`,
      fence: sql`max(${progress.fence}, ${p("fence")})`,
      applied: sql`${p("applied")}`,
      fact_version: sql`${p("factVersion")}`,
    })
    .where(eq(progress.id, 1))
    .prepare();
  const keep = compile(
    client,
    database.insert(facts).values({ position: p("position"), at_ms: p("at_ms"), run: p("run"), body: p("body") }),
  );
  const ofRun = database
    .select()
    .from(facts)
    .where(and(eq(facts.run, p("run")), gt(facts.position, p("after"))))
    .orderBy(asc(facts.position))
    .limit(rowsRead)
    .prepare();
  const failureListeners: ((error: Error) => void)[] = [];
  let pending: AppliedFact[] = [];
  /** Entries may be without facts: these, too, are taken note of. */
  let isBehind = false;
  let weight = 0;
  let timer: Timer | undefined;
  /** When the oldest of them came, and the latest. Monotonic. */
  let since_ms = 0;
  let latest_ms = 0;
  let failure: Error | undefined;
  const writing = new Tally();

  const write = ({ position, at_ms, body }: Fact): void => {
    switch (body.type) {
      case "RunSubmitted":
        timings.submitted(body);
        return runs.submitted(body, at_ms, position);
      case "RunReopened":
        attempts.releaseAll();
        return runs.reopened(body, at_ms, position);
      case "RunJoined":
        return runs.joined(body);
      case "TasksLeased":
        return attempts.leased(body, at_ms);
      case "CasesFinished":
        return attempts.cases(body);
      case "AttemptFinished": {
        const ran = attempts.finished(body, at_ms);
        // What the rest of a task took is no measure of it.
        if (ran !== undefined && ran.resumes === null) timings.finished(body, ran.worker, at_ms);
        return artifacts.finished(body);
      }
      case "TasksSettled":
        return attempts.settled(body, at_ms);
      case "RunNoticed":
        return runs.noticed(body, at_ms);
      case "RunCancelled":
        return runs.cancelled(body);
      case "RunEnded": {
        timings.ended(body.run);
        attempts.releaseAll();
        const badCases = badCasesOf(body.run);
        failures.ended(body, at_ms, badCases);
        failedCases.ended(body, badCases);
        incidents.ended(body, at_ms, position);
        runs.ended(body, at_ms, position);
        return void (agreedOn >= judgedSince && coverage.ended(body));
      }
      case "RunJudged":
        return coverage.judged(body, at_ms);
      case "TrendsTaken":
        attempts.releaseAll();
        return trends.taken(body, position);
      case "TrendsRolled":
        return trends.rolled(body);
      case "PublicationClaimed":
        return runs.publication(body, at_ms);
      case "RunTraced":
        return runs.traced(body);
      case "RunsPurged":
        attempts.releaseAll();
        attempts.forget();
        failures.purged(body);
        failedCases.purged(body);
        runs.purged(body);
        incidents.purged(body);
        confirmations.purged(at_ms);
        alerts.purged(at_ms);
        return trends.purged(at_ms);
      case "WorkerRegistered":
        timings.registered(body.worker.id);
        trends.workerCame(body, at_ms);
        return workers.registered(body, at_ms);
      case "WorkerDraining":
        incidents.draining(body, at_ms, position);
        return workers.draining(body);
      case "WorkerGone":
        incidents.gone(body, at_ms, position);
        trends.workerWent(body, at_ms);
        return workers.gone(body, at_ms);
      case "WorkerAssessed":
        incidents.assessed(body, at_ms, position);
        return workers.assessed(body);
      case "WorkerForeseen":
        return workers.foreseen(body);
      case "BreakerChanged":
        incidents.breaker(body, at_ms, position);
        return breakers.changed(body, at_ms);
      case "LeadershipTaken":
        return incidents.leader(body, at_ms, position);
      case "TokenCreated":
        return tokens.created(body, at_ms);
      case "TokenRevoked":
        return tokens.revoked(body);
      case "TokensPurged":
        return tokens.purged(body);
      case "SettingChanged":
        return settings.changed(body, at_ms);
      case "TuningChanged":
        return tuning.changed(body, at_ms);
      case "QuarantineChanged":
        return quarantine.changed(body, at_ms);
      case "MetricsReported":
        return trends.reported(body, at_ms, position);
      case "MetricsDropped":
        return trends.dropped(body);
      case "ConfirmationBegun":
        return confirmations.begun(body, at_ms);
      case "ConfirmationEnded":
        return confirmations.ended(body, at_ms);
      case "TestRenamed":
        return trends.renamed(body, position);
      case "AlertOpened":
        return alerts.opened(body, at_ms, position);
      case "AlertGrown":
        return alerts.grown(body, at_ms);
      case "AlertJudged":
        return alerts.judged(body, at_ms);
      case "AlertRecovered":
        return alerts.recovered(body, at_ms);
      case "AlertTold":
        return alerts.told(body, at_ms);
      case "TrendsJudged":
        return alerts.until(body);
      case "ActionBegun":
        return audit.begun(body, at_ms, position);
      case "ActionEnded":
        return audit.ended(body);
      case "FactVersionRaised":
        // Noted for all else as soon as it is applied, and written with how far that came.
        agreedOn = Math.max(agreedOn, body.version);
        return;
      default:
        throw unknownKind({ position, at_ms, body: body satisfies never });
    }
  };

  const writeAll = (added: readonly AppliedFact[]): void => {
    let fence = 0;
    client.exec("BEGIN");
    try {
      let kept = 0;
      const keepUpTo = (end: number): void => {
        for (const one of rowsOf(added.slice(kept, end))) keep.run({ ...one });
        kept = end;
      };
      added.forEach(({ fact }, at) => {
        // With a run go its facts, also those that came in the same breath.
        if (fact.body.type === "RunsPurged") keepUpTo(at);
        if (known.kinds[fact.body.type] === undefined) throw unknownKind(fact);
        write(fact);
        if (fact.body.type === "TasksLeased") fence = Math.max(fence, fact.body.fence);
      });
      attempts.releaseAll();
      keepUpTo(added.length);
      advance.run({ position, fence, applied, factVersion });
      client.exec("COMMIT");
    } catch (error) {
      attempts.dropAll();
      trends.forget();
      // A full disk may have ended it already.
      if (client.isTransaction) client.exec("ROLLBACK");
      throw error;
    }
  };

  const settle = (): void => {
    if (failure !== undefined) throw failure;
    if (!isBehind) return;
    const added = pending;
    const began_ms = performance.now();
    timer?.cancel();
    [pending, weight, timer, isBehind] = [[], 0, undefined, false];
    try {
      writeAll(added);
      writing.add(performance.now() - began_ms);
      written();
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      for (const listener of failureListeners) listener(failure);
      throw failure;
    }
  };
  const settleInTime = () => {
    try {
      settle();
    } catch {
      // Its listeners were told.
    }
  };
  const settleAfter = (delay_ms: number): void => {
    timer = clock.after(delay_ms, () => {
      const rest_ms = latest_ms + quiet_ms - clock.monotonic_ms();
      if (rest_ms > 0) settleAfter(rest_ms);
      else settleInTime();
    });
  };

  return {
    get position() {
      return position;
    },
    get applied() {
      return applied;
    },
    get factVersion() {
      return factVersion;
    },
    get waiting() {
      return pending.length;
    },
    writing,
    apply(added, until) {
      if (failure !== undefined) throw failure;
      for (const { fact } of added) if (fact.body.type === "FactVersionRaised") refuseNewer(fact.body.version);
      for (const one of added) {
        const { body } = one.fact;
        if (body.type === "FactVersionRaised") factVersion = Math.max(factVersion, body.version);
        pending.push(one);
        weight += body.type === "RunSubmitted" ? 1 + body.submission.tasks.length : 1;
        ({ position } = one.fact);
      }
      applied = until;
      isBehind = true;
      latest_ms = clock.monotonic_ms();
      if (weight >= pendingLimit || (timer !== undefined && latest_ms - since_ms > patience_ms)) settle();
      else if (timer === undefined) {
        since_ms = latest_ms;
        settleAfter(quiet_ms);
      }
    },
    settle,
    onFailure(listener) {
      failureListeners.push(listener);
    },
    history(run: RunId, after: number, limit: number): Fact[] {
      settle();
      const found: Fact[] = [];
      for (let from = after; found.length < limit;) {
        const rows = ofRun.all({ run, after: from });
        for (const fact of rows.flatMap(factsOf)) if (fact.position > after) found.push(fact);
        from = rows.at(-1)?.position ?? from;
        if (rows.length < rowsRead) break;
      }
      return found.slice(0, limit);
    },
    clear() {
      settle();
      client.exec("BEGIN");
      for (const table of Object.values(tables)) if (table !== progress) database.delete(table).run();
      database.update(progress).set({ position: 0, fence: 0, applied: 0, fact_version: 1 }).run();
      client.exec("COMMIT");
      [position, applied, factVersion, agreedOn] = [0, 0, 1, 1];
      attempts.forget();
      timings.forget();
      trends.forget();
    },
    restore(file) {
      settle();
      try {
        const copy = atThisVersion(file);
        try {
          copyTables(client, copy.path);
        } finally {
          copy.forget();
        }
        ({ position = 0, applied = 0, fact_version: factVersion = 1 } = read() ?? {});
        agreedOn = factVersion;
        attempts.forget();
        timings.forget();
        trends.forget();
        refuseNewer(factVersion);
      } catch (error) {
        // What comes after the copy does not belong into these tables.
        failure = error instanceof Error ? error : new Error(String(error));
        throw failure;
      }
    },
    close() {
      if (failure === undefined) settleInTime();
      timer?.cancel();
    },
  };
}

/** A later version's: to skip it would leave these tables unlike the others' for ever. */
function unknownKind({ body }: Fact): Error {
  return new Error(`this version does not know facts of the kind ${body.type}`);
}
