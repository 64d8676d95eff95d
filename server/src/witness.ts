import { factVersions, failoverProfiles } from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { ClosingStep } from "./close-in-time.ts";
import { Cluster } from "./cluster/cluster.ts";
import { SnapshotFigures } from "./cluster/figures.ts";
import { holdLog, holdMember } from "./cluster/open-member.ts";
import type { Coordinator, CoordinatorOptions } from "./coordinator.ts";
import { writingTo } from "./disk-trouble.ts";
import { Held } from "./held.ts";
import { createWitnessApp } from "./http/witness-app.ts";
import { noTables } from "./ledger/no-tables.ts";
import { settingsOf } from "./ledger/timings.ts";
import { listen } from "./listening.ts";
import { holdPlugins } from "./plugins/attach.ts";
import type { Certificates } from "./security/certificates.ts";
import { adminTokenFor, createAdminCheck } from "./security/admin-token.ts";
import { Standing } from "./standing.ts";

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
  const memberLog = await holdLog(held, stateDir, durability, belonging);
  const admin = await writingTo(stateDir, () => adminTokenFor(stateDir, options.adminToken));
  const snapshotFigures = new SnapshotFigures();
  const member = await holdMember(held, memberLog, {
    belonging,
    adminToken: admin.token,
    certificates,
    clock,
    log,
    version,
    writes: factVersions.version,
    // It applies none: whatever the others write it can keep.
    keeps: Number.MAX_SAFE_INTEGER,
    snapshotFigures,
    durability,
    projections: noTables(memberLog.found.record?.base.index ?? 0),
    isWitness: true,
    settings: settingsOf(belonging.timings ?? failoverProfiles.default),
    onMissed: (up_to) =>
      log.warn(
        { up_to },
        "a coordinator is away for so long that this witness cannot hold all of it: it needs the leader to catch up",
      ),
  });
  const { ledger, links, elections } = member;
  const standing = new Standing(log, stateDir);
  standing.watch(ledger);
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
    onRefused: (error) => standing.refused(error),
    onRemoved: (error) => standing.removed(error),
    checkAdmin,
  });
  held.add("the cluster", () => cluster.close());
  const closing = new AbortController();
  const { createWitnessMetrics } = await import("./observability/witness-metrics.ts");
  const metrics = createWitnessMetrics({ ledger, cluster, elections, links, clock, stateDir, version });
  const app = createWitnessApp({ cluster, metrics, checkAdmin, isReady: () => !standing.isOver, log });
  const server = await listen({ app, cluster, host, port, certificates, closing: closing.signal });
  held.keep();
  const { address } = server;
  const reachedAt = belonging.advertise ?? address;
  member.reachedAt(reachedAt);
  cluster.begin(reachedAt);
  log.info({ address, stateDir }, "listening as a witness");

  let closed: Promise<void> | undefined;
  return {
    address,
    adminTokenFile: admin.file,
    failed: standing.failed,
    plugins,
    close({ drain_ms = 10_000 } = {}) {
      standing.end();
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
