import { join } from "node:path";
import { ShardwrightError, factVersions, failoverProfiles, reasonOf } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { ClosingStep } from "./close-in-time.ts";
import { Cluster } from "./cluster/cluster.ts";
import { ElectionHistory } from "./cluster/election-history.ts";
import { SnapshotFigures } from "./cluster/figures.ts";
import { OutgoingLinks } from "./cluster/links.ts";
import { memberFor, refuseOtherRole } from "./cluster/member.ts";
import { createPeers } from "./cluster/peers.ts";
import type { Coordinator, CoordinatorOptions } from "./coordinator.ts";
import { writingTo } from "./disk-trouble.ts";
import { Held } from "./held.ts";
import { createWitnessApp } from "./http/witness-app.ts";
import { openLogWriter } from "./ledger/log-writer.ts";
import { noTables } from "./ledger/no-tables.ts";
import { type RaftLedger, openRaftLedger } from "./ledger/raft-ledger.ts";
import { markRemoved, refuseRemoved } from "./ledger/removed-mark.ts";
import { settingsOf } from "./ledger/timings.ts";
import { listen } from "./listening.ts";
import { consensusWatch } from "./observability/consensus-watch.ts";
import { holdPlugins } from "./plugins/attach.ts";
import type { Certificates } from "./security/certificates.ts";
import { adminTokenFor, createAdminCheck } from "./security/admin-token.ts";

export interface WitnessOptions extends CoordinatorOptions {
  readonly host: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Closed with the witness. */
  readonly certificates: Certificates | undefined;
}

/**
 * Starts a coordinator that votes and keeps the log, and nothing else: no tables, no blobs, no scheduler. Its state directory is there.
 * @throws ShardwrightError as `startCoordinator`
 */
export async function startWitness(options: WitnessOptions): Promise<Coordinator> {
  const { stateDir, host, port, certificates, clock, logger: log, cluster: belonging = {} } = options;
  const { durability = "full", version = "0" } = options;
  await using held = new Held();
  const plugins = await holdPlugins(options, held);
  held.add("certificates", () => certificates?.close());
  const path = join(stateDir, "ledger.db");
  const writer = await openLogWriter(path, durability);
  let writerIsFree = true;
  held.add("the log", () => (writerIsFree ? writer.close() : undefined));
  refuseOtherRole(writer, stateDir, belonging);
  refuseRemoved(stateDir, writer.found.record?.identity);
  const admin = await writingTo(stateDir, () => adminTokenFor(stateDir, options.adminToken));
  const member = await memberFor(writer, belonging, {
    clock,
    log,
    certificates,
    adminToken: admin.token,
    // It applies none: whatever the others write it can keep.
    facts: Number.MAX_SAFE_INTEGER,
  });
  const elections = new ElectionHistory(clock, member.id);
  const snapshotFigures = new SnapshotFigures();
  let ownAddress = "";
  const links = new OutgoingLinks({
    node: member.id,
    cluster: () => ledger.identity.cluster,
    address: () => ownAddress,
    adminToken: admin.token,
    certificates,
    version,
    facts: factVersions.version,
    clock,
    log,
  });
  const peers = createPeers(links, undefined, admin.token, snapshotFigures, certificates);
  held.add("copies of the tables", () => peers.close());
  held.add("connections to the other members", () => links.close());
  writerIsFree = false;
  const ledger: RaftLedger = await openRaftLedger({
    writer,
    path,
    durability,
    clock,
    projections: noTables(writer.found.record?.base.index ?? 0),
    isWitness: true,
    peers,
    node: member,
    settings: settingsOf(belonging.timings ?? failoverProfiles.default),
    ...consensusWatch(log, elections),
    onMissed: (up_to) =>
      log.warn(
        { up_to },
        "a coordinator is away for so long that this witness cannot hold all of it: it needs the leader to catch up",
      ),
    ...(belonging.logLimit_entries !== undefined && { logLimit_entries: belonging.logLimit_entries }),
  });
  held.add("the ledger", () => ledger.close());
  const failure = Promise.withResolvers<ShardwrightError>();
  let isOver = false;
  ledger.onFailure((error) => {
    isOver = true;
    log.fatal({ err: error }, "the ledger failed: nothing is acknowledged any more");
    failure.resolve(
      error instanceof ShardwrightError ? error : new ShardwrightError("ledger-failed", { reason: reasonOf(error) }),
    );
  });
  const checkAdmin = createAdminCheck(admin.token);
  const cluster = new Cluster({
    ledger,
    links,
    clock,
    log,
    adminToken: admin.token,
    version,
    elections,
    snapshotFigures,
    stateDir,
    belonging,
    certificates,
    facts: factVersions.version,
    autoRecovery: () => false,
    healthThreshold: () => 0,
    onRefused: (error) => failure.resolve(error),
    onRemoved: (error) => {
      isOver = true;
      log.fatal({ err: error }, "this witness was removed from its cluster");
      markRemoved(stateDir, error);
      failure.resolve(error);
    },
    checkAdmin,
  });
  held.add("the cluster", () => cluster.close());
  const closing = new AbortController();
  const { createWitnessMetrics } = await import("./observability/witness-metrics.ts");
  const metrics = createWitnessMetrics({ ledger, cluster, elections, links, clock, stateDir, version });
  const app = createWitnessApp({ cluster, metrics, checkAdmin, isReady: () => !isOver, log });
  const server = await listen({ app, cluster, host, port, certificates, closing: closing.signal });
  held.keep();
  const { address } = server;
  ownAddress = belonging.advertise ?? address;
  cluster.begin(ownAddress);
  log.info({ address, stateDir }, "listening as a witness");

  let closed: Promise<void> | undefined;
  return {
    address,
    adminTokenFile: admin.file,
    failed: failure.promise,
    plugins,
    close({ drain_ms = 10_000 } = {}) {
      isOver = true;
      const steps: ClosingStep[] = [
        [
          "requests",
          () => {
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
