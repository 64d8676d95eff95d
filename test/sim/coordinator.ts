import { ShardwrightError, factVersions, makeId } from "@shardwright/core";
import { createLogger } from "../../server/src/observability/logger.ts";
import type { Process, Surroundings } from "../../packages/raft/sim/machine.ts";
import type { Random } from "../../packages/raft/sim/random.ts";
import { Violation } from "../../packages/raft/sim/violation.ts";
import type { Snapshot } from "../../packages/raft/src/types.ts";
import type { Clock } from "../../server/src/clock.ts";
import type { Queries } from "../../server/src/database/queries.ts";
import type { Projections } from "../../server/src/ledger/ledger.ts";
import type { LogWriter } from "../../server/src/ledger/log-writer.ts";
import { RaftLedger } from "../../server/src/ledger/raft-ledger.ts";
import type { SnapshotFiles } from "../../server/src/ledger/snapshot-files.ts";
import { Leadership } from "../../server/src/leadership.ts";
import { type SchedulerOptions, schedulerDefaults } from "../../server/src/scheduler/options.ts";
import { Scheduler } from "../../server/src/scheduler/scheduler.ts";
import type { NewId } from "../../server/src/security/random.ts";
import { TokenKeeper } from "../../server/src/security/tokens.ts";
import type { Tables } from "./tables.ts";

/** Times that fit worlds which last some twenty seconds. */
export const schedulerOptions: SchedulerOptions = {
  ...schedulerDefaults,
  leaseTtl_ms: 2000,
  heartbeat_ms: 400,
  reconnectGrace_ms: 500,
  unsatisfiableGrace_ms: 3000,
  noWorkersNotice_ms: 800,
  retryPreference_ms: 200,
};

const epoch_ms = 1_700_000_000_000;

/** A coordinator behind its HTTP interface: production code from the ledger's appends to the tables. */
export interface Coordinator {
  readonly clock: Clock;
  readonly ledger: RaftLedger;
  readonly queries: Queries;
  readonly leadership: Leadership;
  readonly tokens: TokenKeeper;
  readonly newId: NewId;
}

export interface CoordinatorWorld {
  /** Draws ids, and how wrong this node's calendar is. */
  readonly random: Random;
  readonly logLimit_entries: number;
  /** Of which entry each snapshot on any disk is. */
  readonly snapshotIndexes: Map<string, number>;
}

/** Starts a coordinator on tables and a log that lie on a simulated disk. */
export function beginCoordinator(
  tables: Tables,
  surroundings: Surroundings,
  { random, logLimit_entries, snapshotIndexes }: CoordinatorWorld,
): { readonly coordinator: Coordinator; readonly process: Process } {
  const { ports, options, files, fail, broke, after, mayDie, applied } = surroundings;
  const wrong_ms = random.whole(-2000, 2000);
  const clock: Clock = {
    now_ms: () => epoch_ms + wrong_ms + Math.floor(ports.now_ms()),
    monotonic_ms: () => ports.now_ms(),
    after,
  };
  const log = createLogger("silent");
  const diskFailure = new ShardwrightError("ledger-failed", { reason: "the simulated disk failed" });
  const writer: LogWriter = {
    found: { record: undefined, entries: [], damagedUpTo: undefined, cut: undefined, formerFacts: [] },
    begin: async () => {},
    write: (writes, done) => ports.write(writes, (error) => done(error === undefined ? undefined : diskFailure)),
    close: async () => {},
  };
  let restored: Snapshot | undefined;
  const snapshots: SnapshotFiles = {
    make: () =>
      new Promise((resolve, reject) => {
        ports.makeSnapshot((copy) => {
          if (copy === undefined) return reject(new Error("no copy was made"));
          snapshotIndexes.set(copy.digest, copy.index);
          return resolve(copy);
        });
      }),
    pathOf: (snapshot) => {
      restored = snapshot as Snapshot;
      return snapshot.digest;
    },
    sync: async () => {},
    keep: async ({ index }) => {
      for (const digest of files.keys()) if ((snapshotIndexes.get(digest) ?? 0) < index) files.delete(digest);
    },
    close: async () => {},
  };
  const { projections: real } = tables;
  const projections: Projections = {
    get position() {
      return real.position;
    },
    get applied() {
      return real.applied;
    },
    get waiting() {
      return real.waiting;
    },
    get factVersion() {
      return real.factVersion;
    },
    writing: real.writing,
    apply(facts, until) {
      mayDie();
      const first = real.applied + 1;
      real.apply(facts, until);
      try {
        applied(ledger.consensus.log.between(first, until));
      } catch (error) {
        broke(error);
        throw error;
      }
      mayDie();
    },
    restore: () => {
      if (restored !== undefined) ports.restore(restored);
    },
    settle: () => real.settle(),
    onFailure: (listener) => real.onFailure(listener),
    history: (run, position, limit) => real.history(run, position, limit),
    clear: () => real.clear(),
    close: () => real.close(),
  };
  const ledger = new RaftLedger(
    {
      writer,
      path: "",
      durability: "full",
      projections,
      snapshots,
      clock,
      settings: options.settings,
      peers: {
        send: (message) => ports.send(message),
        addressOf: (node) => node,
        fetch: (from, snapshot) =>
          new Promise((resolve) => {
            snapshotIndexes.set(snapshot.digest, snapshot.index);
            ports.fetch(from, snapshot, resolve);
          }),
      },
      onEvent: (event) => ports.onEvent(event),
      logLimit_entries,
      random: options.random,
      soon: (work) => after(0, work),
    },
    { stored: options.stored, identity: { cluster: "simulated.00000000", node: options.id }, snapshot: undefined },
  );
  ledger.onFailure((error) => {
    if (error === diskFailure) fail();
    else broke(new Violation("ledger-failed", `${options.id}: ${error.stack} ${String((error.cause as Error)?.stack)}`));
  });
  // All of them are of one version: whoever leads first has newer facts written, as in a cluster that was founded with it.
  ledger.onRoleChange((role) => {
    const { version } = factVersions;
    if (role === "leader" && ledger.factVersion < version) void ledger.raiseFactVersion(version).catch(() => {});
  });
  const { queries } = tables;
  const newId: NewId = (prefix) =>
    makeId(
      prefix,
      Uint8Array.from({ length: 16 }, () => random.whole(0, 255)),
    );
  const leadership = new Leadership(
    ledger,
    () => new Scheduler({ ledger, queries, clock, log, newId, options: schedulerOptions, random: options.random }),
  );
  const tokens = new TokenKeeper({ ledger, queries, clock, newId, adminToken: "the admin token of a simulated world" });
  return { coordinator: { clock, ledger, queries, leadership, tokens, newId }, process: processOf(ledger) };
}

function processOf(ledger: RaftLedger): Process {
  return {
    get state() {
      return ledger.consensus;
    },
    get isLeader() {
      return ledger.consensus.role.kind === "leader";
    },
    begin: () => void ledger.begin().catch(() => {}),
    receive: (message) => ledger.receive(message),
    // Nobody here asks what came of it.
    change: (configuration) => void ledger.change(configuration).catch(() => {}),
    transfer: (to) => void ledger.transfer(to),
    leaderGone: (leader) => ledger.gone(leader),
    stop: () => {},
  };
}
