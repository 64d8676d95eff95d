import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type FactVersions,
  type FailoverTimings,
  type LeaderTerms,
  type MemberStatus,
  type ShardwrightError,
  factVersions,
  failoverProfiles,
} from "@shardwright/core";
import type { Plugin, Plugins } from "@shardwright/plugin";
import { RefusedSignIns } from "./audit/refused-sign-ins.ts";
import { Backups } from "./backup/make-backup.ts";
import { refuseUnfinished } from "./backup/restore-backup.ts";
import { openDiskBlobs } from "./blobs/disk-blobs.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { ClosingStep } from "./close-in-time.ts";
import { Cluster } from "./cluster/cluster.ts";
import { SnapshotFigures } from "./cluster/figures.ts";
import { holdLog, holdMember } from "./cluster/open-member.ts";
import { flagsOf } from "./configuration/flags.ts";
import { SharedConfiguration } from "./configuration/shared-configuration.ts";
import { Checkpoints } from "./database/checkpoints.ts";
import { openDatabase } from "./database/open.ts";
import { createQueries } from "./database/queries.ts";
import { asStartUpTrouble, writingTo } from "./disk-trouble.ts";
import { EventHub } from "./events/event-hub.ts";
import { RunChanges } from "./events/run-changes.ts";
import type { CheckUpdate } from "./github/check-output.ts";
import { GithubIntegration } from "./github/integration.ts";
import type { GithubApp } from "./github/options.ts";
import { Held } from "./held.ts";
import { createApp } from "./http/app.ts";
import { frequentAnswers } from "./http/frequent.ts";
import { routes } from "./http/routes.ts";
import { Reader, readValue } from "./reading/reader.ts";
import { tasksAtHandAlone } from "./reading/weight.ts";
import type { Durability } from "./ledger/log-error.ts";
import { openSnapshotFiles } from "./ledger/snapshot-files.ts";
import { settingsOf } from "./ledger/timings.ts";
import { Leadership } from "./leadership.ts";
import { listen } from "./listening.ts";
import { LiveLogs } from "./live/live-logs.ts";
import { type LogLevel, createLogger } from "./observability/logger.ts";
import { noMetrics } from "./observability/no-metrics.ts";
import type { CoordinatorParts } from "./parts.ts";
import { attachPlugins, holdPlugins } from "./plugins/attach.ts";
import { createProjections } from "./projections/apply.ts";
import { keepPurging } from "./retention.ts";
import { type SchedulerOptions, schedulerDefaults } from "./scheduler/options.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { type CertificateFiles, Certificates } from "./security/certificates.ts";
import { adminTokenFor } from "./security/admin-token.ts";
import { IdentityExchange } from "./security/identity/exchange.ts";
import type { IdentityRules } from "./security/identity/rules.ts";
import { refuseInsecureListen } from "./security/listen-policy.ts";
import { type NewId, randomId } from "./security/random.ts";
import type { SignInOptions } from "./security/sign-in/options.ts";
import { providerStandIn } from "./security/sign-in/registration.ts";
import { TokenKeeper } from "./security/tokens.ts";
import { Standing } from "./standing.ts";
import { traceRuns } from "./traces/trace-runs.ts";
import { TrendTaking } from "./trend-taking.ts";
import type { TraceOptions } from "./traces/trace-queue.ts";
import { type AlertTeller, AlertTelling } from "./trends/alert-telling.ts";
import { Confirmations } from "./trends/confirming/confirmations.ts";
import { TrendWatch } from "./trends/trend-watch.ts";
import { startWitness } from "./witness.ts";

const mebibyte = 1024 * 1024;

export interface CoordinatorOptions {
  /** Where ledger, tables, blobs and the admin token are kept; made when it is not there. */
  readonly stateDir: string;
  /** `127.0.0.1` when absent. */
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** At least 32 characters; else one is written to a private file in the state directory. */
  readonly adminToken?: string;
  /** Makes it speak TLS; files that change are taken up while it runs. */
  readonly tlsFiles?: CertificateFiles;
  readonly trustedProxy?: boolean;
  readonly insecure?: boolean;
  readonly retention_days?: number;
  /** Of the runs that ended last so many cases are kept, and the last one whole; within `retention_days` all when absent. */
  readonly keptCases?: number;
  readonly blobQuota_bytes?: number;
  readonly bodyLimit_bytes?: number;
  /** `full`, the default, survives power loss; `relaxed` the death of the process. */
  readonly durability?: Durability;
  readonly log?: LogLevel;
  /** Cancels, for this reason, the runs that an earlier process left open: whoever wanted them went with it. */
  readonly cancelOpenRuns?: string;
  /** Whether `/metrics` tells anything, which it does when absent. */
  readonly metrics?: boolean;
  readonly scheduler?: Partial<SchedulerOptions>;
  /** Sends a trace of each run that is over to where the `OTEL_EXPORTER_OTLP_…` variables say; absent: no traces. */
  readonly traces?: TraceOptions;
  /** Whose identity tokens of CI jobs are exchanged for tokens; none when absent. */
  readonly identity?: IdentityRules;
  /** Who may sign in to the dashboard by way of an identity provider; nobody when absent. */
  readonly signIn?: SignInOptions;
  /** Writes the checks of GitHub's runs as this App; nothing when absent. */
  readonly github?: GithubApp;
  /** Who is told of alerts, while this coordinator leads. */
  readonly alertTellers?: readonly AlertTeller[];
  readonly cluster?: ClusterMemberOptions;
  /** Those that act here: set up already, and closed by whoever did that, or to be set up with it. */
  readonly plugins?: Plugins | readonly Plugin[];
  /** Of the program, for the others to know. */
  readonly version?: string;
  /** What it knows of facts; all that the program knows when absent. With less it behaves as an older program. */
  readonly facts?: FactVersions;
  /** Whether suspicious changes are measured again before they become alerts, where the cluster has not agreed on it; true when absent. */
  readonly confirmsTrends?: boolean;
  /** It serves the process it is in and nobody else: answers that take long keep no one waiting. */
  readonly isAlone?: boolean;
  readonly clock?: Clock;
  readonly newId?: NewId;
}

/** How a coordinator belongs to a cluster. */
export interface ClusterMemberOptions {
  /** What it is called; a name is made up when it is absent. */
  readonly name?: string;
  /** Of the cluster that it founds, or expects to join. */
  readonly clusterName?: string;
  /** Coordinators of the cluster that a new one joins; without any it founds a cluster of its own, which others may join. */
  readonly addresses?: readonly string[];
  /** Where the others reach it, where that is not the address that it listens on. */
  readonly advertise?: string;
  readonly timings?: FailoverTimings;
  /** Votes, but keeps neither tables nor blobs. */
  readonly isWitness?: boolean;
  /** When a leader that is not well hands over. */
  readonly handover?: Partial<Omit<LeaderTerms, "threshold">>;
  /** Members are promoted and replaced without an operator; true when absent. */
  readonly autoRecovery?: boolean;
  /** A cluster without a leader for longer raises an alarm; 10,000 when absent. */
  readonly alarm_ms?: number;
  /** Entries after which the log is shortened; 20,000 when absent. */
  readonly logLimit_entries?: number;
  /** Told who the members are when others join a coordinator that was alone, and whenever it changes who votes. */
  readonly onVoters?: (members: readonly MemberStatus[]) => void;
  /** Gives up waiting for a coordinator to join. */
  readonly signal?: AbortSignal;
}

export interface Coordinator {
  /** `http://127.0.0.1:7070` */
  readonly address: string;
  /** Where the admin token lies, unless it was given. */
  readonly adminTokenFile: string | undefined;
  /** What plugins have brought, and what comes with Shardwright. */
  readonly plugins: Plugins;
  /** Resolves when the coordinator can no longer keep what it promises and has to be ended. */
  readonly failed: Promise<ShardwrightError>;
  /**
   * Takes no more work, lets requests under way finish for at most `drain_ms`, ends all streams, and closes its files. What does not end, such
   * as a thread whose disk does not answer, is given up 10 s later: the process can end, which loses nothing that was acknowledged.
   */
  close(options?: { drain_ms?: number }): Promise<void>;
}

/**
 * Starts a coordinator; resolves when it listens. When it fails, nothing is left open.
 * @throws ShardwrightError `insecure-listen`, `weak-admin-token`, `database-newer`, `database-in-use`, `database-damaged`,
 *   `state-unwritable`, `member-removed`, `version-too-old`, `usage` when the address cannot be used
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  try {
    return await start(options);
  } catch (error) {
    throw asStartUpTrouble(error, join(options.stateDir, "state.db"));
  }
}

async function start(options: CoordinatorOptions): Promise<Coordinator> {
  const { stateDir, tlsFiles: files, clock = systemClock, newId = randomId, cluster: belonging = {} } = options;
  const host = options.host ?? "127.0.0.1";
  const { trustedProxy = false, insecure = false } = options;
  refuseInsecureListen({ host, hasTls: files !== undefined, trustedProxy, insecure });
  const log = createLogger(options.log ?? "info");
  await writingTo(stateDir, () => mkdirSync(stateDir, { recursive: true, mode: 0o700 }));
  refuseUnfinished(stateDir);
  const certificates = files === undefined ? undefined : new Certificates({ files, clock, log });
  if (belonging.isWitness === true) return await startWitness({ ...options, host, clock, logger: log, certificates });
  const path = join(stateDir, "state.db");
  const durability = options.durability ?? "full";
  const { facts = factVersions } = options;
  const timings = belonging.timings ?? failoverProfiles.default;

  const { version = "0" } = options;
  await using held = new Held();
  const plugins = await holdPlugins(options, held);
  held.add("certificates", () => certificates?.close());
  // The lock on the log comes first: a second coordinator is turned away before it touches anything.
  const memberLog = await holdLog(held, stateDir, durability, belonging);
  const { database, client } = openDatabase(path);
  held.add("the tables", () => client.close());
  const admin = await writingTo(stateDir, () => adminTokenFor(stateDir, options.adminToken));
  const checkpoints = new Checkpoints({ client, tables: path, clock: systemClock, log });
  held.add("checkpoints of the tables", () => checkpoints.close());
  const projections = await writingTo(path, () =>
    createProjections(database, client, systemClock, facts, () => checkpoints.written()),
  );
  const snapshotFigures = new SnapshotFigures();
  const snapshots = await writingTo(stateDir, () =>
    openSnapshotFiles({
      directory: join(stateDir, "snapshots"),
      tables: path,
      settle: () => projections.settle(),
      made(duration_ms) {
        if (duration_ms === undefined) snapshotFigures.failed.made += 1;
        else snapshotFigures.made.add(duration_ms);
      },
    }),
  );
  const member = await holdMember(held, memberLog, {
    belonging,
    adminToken: admin.token,
    certificates,
    clock,
    log,
    version,
    writes: facts.version,
    keeps: facts.version,
    snapshotFigures,
    durability,
    projections,
    snapshots,
    settings: settingsOf(timings),
    facts,
  });
  const { ledger, links, elections } = member;
  const queries = createQueries(database, () => projections.settle());
  const blobQuota_bytes = options.blobQuota_bytes ?? 10_240 * mebibyte;
  const blobDirectory = join(stateDir, "blobs");
  const blobs = await writingTo(stateDir, () => openDiskBlobs(blobDirectory, blobQuota_bytes));

  const atHand = options.isAlone === true ? tasksAtHandAlone : undefined;
  const reader = new Reader({ queries, store: blobs, clock, tables: path, blobs: blobDirectory, atHand });
  held.add("answers that are being read", () => reader.close());

  const hub = new EventHub();
  const runChanges = new RunChanges({ ledger, queries, clock });
  held.add("what is told of runs", () => runChanges.close());
  const liveLogs = new LiveLogs();
  ledger.onApplied((facts) => {
    for (const { body } of facts) {
      if (body.type === "AttemptFinished") liveLogs.drop(body);
      if (body.type === "RunEnded") liveLogs.dropRun(body.run);
    }
    hub.applied(facts);
  });
  ledger.onRestored(() => hub.restored());
  const taking = new TrendTaking({ ledger, queries, clock, log });
  held.add("points of trends", () => taking.close());
  const standing = new Standing(log, stateDir);
  standing.watch(ledger);
  const configuration = new SharedConfiguration({ ledger, queries, flags: flagsOf(options) });
  const schedulerOptions = configuration.schedulerOptions({ ...schedulerDefaults, ...options.scheduler });
  const leadership = new Leadership(ledger, () => {
    const leader = { by: member.id, ...elections.takeover };
    return new Scheduler({ ledger, queries, clock, log, newId, options: schedulerOptions, leader, plugins });
  });
  held.add("leadership", () => leadership.close());
  const confirmations = new Confirmations({
    ledger,
    queries,
    configuration,
    clock,
    log,
    submit: (submission) => leadership.scheduler.submit(submission),
  });
  held.add("measuring again", () => confirmations.close());
  const trendWatch = new TrendWatch({ ledger, queries, configuration, clock, log, confirmations });
  held.add("the look at trends", () => trendWatch.close());
  const telling = new AlertTelling({ ledger, queries, clock, log, tellers: options.alertTellers ?? [] });
  held.add("what is told of alerts", () => telling.close());
  held.add("plugins", attachPlugins(plugins, { ledger, leadership, queries, log, coordinator: member.id }));
  const traces =
    options.traces === undefined
      ? undefined
      : traceRuns(ledger, { queries, leadership, clock, log, options: options.traces }, version);
  if (options.cancelOpenRuns !== undefined)
    for (const { id } of queries.runs.running()) await leadership.scheduler.cancel(id, options.cancelOpenRuns);
  const { signIn: signInOptions } = options;
  const tokens = new TokenKeeper({
    ledger,
    queries,
    clock,
    newId,
    adminToken: admin.token,
    ...(signInOptions !== undefined && { provider: providerStandIn(signInOptions) }),
  });
  const refusedSignIns = new RefusedSignIns({ ledger, clock, newId, log });
  held.add("refused sign-ins", () => refusedSignIns.close());
  const identity = new IdentityExchange({ tokens, clock, rules: options.identity });
  const github = new GithubIntegration({
    app: options.github,
    ledger,
    leadership,
    queries,
    completion: async (run, completion) => readValue(await reader.ask({ of: "check", run, completion })) as CheckUpdate[],
    clock,
    newId,
    log,
  });
  held.add("what is written to GitHub", () => github.close());
  const cluster = new Cluster({
    ledger,
    links,
    tables: { path, snapshots, blobs },
    clock,
    log,
    adminToken: admin.token,
    version,
    facts: facts.version,
    elections,
    snapshotFigures,
    stateDir,
    belonging,
    certificates,
    autoRecovery: () => configuration.get("auto-recovery"),
    healthThreshold: () => configuration.get("health-threshold"),
    onRemoved: (error) => standing.removed(error),
    onRefused: (error) => standing.refused(error),
    checkAdmin: (authorization) => void tokens.check(authorization, ["admin"]),
  });
  held.add("the cluster", () => cluster.close());
  await cluster.settle();
  const backups = new Backups({
    ledger,
    projections,
    tables: path,
    directory: join(stateDir, "backups"),
    blobs,
    fetchBlob: (sha256) => cluster.fetchBlob(sha256),
    clock,
    log,
    version,
  });
  await writingTo(stateDir, () => backups.clear());
  // What keeps them takes as long to load as all else that answers requests.
  const metrics =
    options.metrics === false
      ? noMetrics
      : (await import("./observability/metrics.ts")).createMetrics({
          leadership,
          ledger,
          blobs,
          plugins,
          identity,
          github,
          ...(traces !== undefined && { traces: traces.figures }),
          cluster: { ledger, cluster, elections, links, clock, stateDir, version },
        });
  const signIn =
    signInOptions === undefined
      ? undefined
      : new (await import("./security/sign-in/sign-in.ts")).SignIn({
          options: signInOptions,
          clock,
          log,
          adminToken: admin.token,
        });
  const closing = new AbortController();
  const parts: CoordinatorParts = {
    ledger,
    queries,
    reader,
    leadership,
    get scheduler() {
      return leadership.scheduler;
    },
    cluster,
    configuration,
    backups,
    tokens,
    identity,
    signIn,
    refusedSignIns,
    installation: { plugins, alertTargets: (options.alertTellers ?? []).map(({ name, target = name }) => target) },
    github,
    trendWatch,
    blobs,
    hub,
    runChanges,
    liveLogs,
    metrics,
    clock,
    newId,
    log,
    bodyLimit_bytes: options.bodyLimit_bytes ?? 64 * mebibyte,
    trustedProxy,
    isReady: () => !standing.isOver,
    closing: closing.signal,
  };
  const stopPurging = keepPurging(parts, () => ({ days: configuration.get("retention-days"), cases: options.keptCases }));
  held.add("a purge", stopPurging);
  const server = await listen({
    app: createApp(parts),
    answersFrequent: frequentAnswers(routes, parts),
    cluster,
    host,
    port: options.port,
    certificates,
    closing: closing.signal,
  });
  held.keep();
  const { address } = server;
  const reachedAt = belonging.advertise ?? address;
  member.reachedAt(reachedAt);
  cluster.begin(reachedAt);
  log.info({ address, stateDir }, "listening");
  plugins.emit("coordinatorStarted", () => ({ coordinator: member.id, address }));

  let closed: Promise<void> | undefined;
  return {
    address,
    adminTokenFile: admin.file,
    failed: standing.failed,
    plugins,
    close({ drain_ms = 10_000 } = {}) {
      standing.end();
      plugins.emit("coordinatorStopping", () => ({ coordinator: member.id }));
      const steps: ClosingStep[] = [
        // While this one leads: what is not sent then is left to the next leader.
        ["traces", () => traces?.close()],
        ["what is written to GitHub", () => github.close()],
        ["points of trends", () => taking.close()],
        // Somebody else leads before this one stops: what comes meanwhile is handed on.
        ["leadership", () => cluster.handOver()],
        [
          "requests",
          () => {
            leadership.drain();
            closing.abort();
            const gone = server.close(drain_ms, clock);
            cluster.closeLinks();
            return gone;
          },
        ],
      ];
      closed ??= held.close(steps, drain_ms, log);
      return closed;
    },
  };
}
