import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import type { Clock } from "../clock.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { diskUseOf } from "../cluster/disk-use.ts";
import type { ElectionHistory } from "../cluster/election-history.ts";
import type { OutgoingLinks } from "../cluster/links.ts";
import { matchOf, toleratedLosses } from "../cluster/status.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { Tally } from "./tally.ts";

export interface ClusterSources {
  readonly ledger: RaftLedger;
  readonly cluster: Cluster;
  readonly elections: ElectionHistory;
  readonly links: Pick<OutgoingLinks, "dropped">;
  readonly clock: Clock;
  readonly stateDir: string;
  readonly version: string;
}

type Sample = readonly [labels: Record<string, string>, value: number];

/** What a member tells of its cluster: counted where it happens, by a number or two, and read from there when Prometheus asks. */
export function addClusterMetrics(registry: Registry, sources: ClusterSources): void {
  const { ledger, cluster, elections, links, clock, stateDir, version } = sources;
  const { snapshots } = cluster.figures;
  const registers = [registry];
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => readonly Sample[] | Promise<readonly Sample[]>,
  ) => {
    const made = new Gauge({
      name: `shardwright_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        const samples = await read();
        made.reset();
        for (const [labels, value] of samples) made.set(labels, value);
      },
    });
  };
  const counter = (name: string, help: string, labelNames: string[], read: () => readonly Sample[]) => {
    const made = new Counter({
      name: `shardwright_${name}_total`,
      help,
      labelNames,
      registers,
      collect() {
        made.reset();
        for (const [labels, value] of read()) made.inc(labels, value);
      },
    });
  };
  const one = (value: number): readonly Sample[] => [[{}, value]];
  const by = (label: string, values: Record<string, number>): readonly Sample[] =>
    Object.entries(values).map(([key, value]) => [{ [label]: key }, value]);
  const histogram = (name: string, help: string, read: () => Tally) =>
    // A registry takes whatever answers `get` as its own metrics do.
    registry.registerMetric(histogramOf(`shardwright_${name}_seconds`, help, read) as unknown as Metric);

  gauge("build_info", "1, by the version of the program.", ["version"], () => [[{ version }, 1]]);
  gauge("cluster_term", "The term this member is in.", [], () => one(ledger.consensus.term));
  gauge("cluster_role", "1 for the role that this member has.", ["role"], () => {
    const { kind } = ledger.consensus.role;
    return by("role", { leader: 0, follower: 0, candidate: 0, [kind]: 1 });
  });
  counter("cluster_elections", "Elections of this member: asked whether it could win, held, won, lost.", ["event"], () =>
    by("event", elections.counts),
  );
  counter("cluster_leader_changes", "Times that another member led, or the same one in a later term.", [], () =>
    one(elections.leaderChanges),
  );
  counter("cluster_transfers_aborted", "Handovers of leadership that came to nothing.", [], () =>
    one(elections.transfersAborted),
  );
  counter("cluster_without_leader_seconds", "Time in which this member knew no leader.", [], () =>
    one(elections.withoutLeader_ms / 1000),
  );
  gauge("cluster_without_leader_seconds", "For how long this member has known no leader now.", [], () =>
    one(elections.leaderless_ms / 1000),
  );
  gauge("cluster_log_index", "Places in this member's log.", ["place"], () => {
    const { log, commit, applied } = ledger.consensus;
    return by("place", { first: log.base.index + 1, last: log.last, stable: log.stable, commit, applied });
  });
  histogram("cluster_commit_duration", "Time until a majority had what was decided here.", () => ledger.figures.committing);
  histogram("cluster_apply_duration", "Time to write facts into the tables, many at a time.", () => ledger.figures.applying);
  histogram("cluster_log_sync_duration", "Time until a write of the log was on this member's disk.", () => ledger.sync.took);
  gauge("cluster_log_sync_stalled_seconds", "How long a write has waited for the disk already, when that is too long.", [], () =>
    one((ledger.sync.stalled_ms ?? 0) / 1000),
  );
  counter("cluster_log_sync_stalls", "Writes of the log that took longer than an election may.", [], () =>
    one(ledger.sync.stalls),
  );
  gauge(
    "cluster_member_lag_entries",
    "Entries that a member lacks; told by the leader, of those it has heard.",
    ["member"],
    () => {
      const { log, commit } = ledger.consensus;
      return log.configuration.members.flatMap(({ id }) => {
        const match = matchOf(ledger, id);
        return match === undefined ? [] : [[{ member: id }, Math.max(0, commit - match)] as const];
      });
    },
  );
  gauge("cluster_member_last_contact_seconds", "Time since a member was heard.", ["member"], () =>
    ledger.consensus.log.configuration.members.flatMap(({ id }) => {
      const heard_ms = ledger.contacts.heard_ms(id);
      return heard_ms === undefined ? [] : [[{ member: id }, (clock.monotonic_ms() - heard_ms) / 1000] as const];
    }),
  );
  gauge("cluster_member_health", "How well a member is, from 100 to 0; told by the leader.", ["member"], () =>
    ledger.consensus.log.configuration.members.flatMap(({ id }) => {
      const health = cluster.health.of(id);
      return health === undefined ? [] : [[{ member: id }, health.score] as const];
    }),
  );
  counter("cluster_health_handovers", "Times that this member handed leadership over because it was not well.", [], () =>
    one(cluster.health.handovers),
  );
  gauge(
    "cluster_event_loop_delay_seconds",
    "How much later than it should the event loop has lately answered, 99th percentile.",
    [],
    () => one(cluster.own.loopDelay_ms / 1000),
  );
  gauge("cluster_members", "Members, by what they are.", ["role"], () => {
    const counts = { voter: 0, learner: 0, witness: 0 };
    for (const { votes, isWitness } of ledger.consensus.log.configuration.members)
      counts[votes ? (isWitness === true ? "witness" : "voter") : "learner"] += 1;
    return by("role", counts);
  });
  gauge("cluster_tolerated_losses", "Voters that may be lost with the cluster going on.", [], () =>
    one(toleratedLosses(ledger, clock.monotonic_ms())),
  );
  gauge("cluster_queue_length", "What waits here.", ["queue"], () =>
    by("queue", { ...ledger.figures.queues, blobs: cluster.waitingBlobs }),
  );
  counter("cluster_messages_dropped", "Messages dropped because a member does not read.", [], () => one(links.dropped));
  counter("cluster_snapshots", "Copies of the tables, by what became of them.", ["what"], () =>
    by("what", {
      made: snapshots.made.count,
      make_failed: snapshots.failed.made,
      received: snapshots.received.count,
      receive_failed: snapshots.failed.received,
      sent: snapshots.sent,
    }),
  );
  counter("cluster_snapshot_bytes", "Bytes of such copies.", ["direction"], () =>
    by("direction", { received: snapshots.received_bytes, sent: snapshots.sent_bytes }),
  );
  gauge("cluster_snapshots_under_way", "Copies that are being handed over now.", ["direction"], () =>
    by("direction", { receiving: snapshots.receiving === undefined ? 0 : 1, sending: snapshots.sending }),
  );
  gauge("cluster_snapshot_receiving_bytes", "Of the copy that is being received: what is there, and all of it.", ["part"], () =>
    by("part", { received: snapshots.receiving?.bytes ?? 0, all: snapshots.receiving?.of_bytes ?? 0 }),
  );
  histogram("cluster_snapshot_make_duration", "Time to make a copy of the tables.", () => snapshots.made);
  histogram("cluster_snapshot_receive_duration", "Time to receive a copy of the tables.", () => snapshots.received);
  counter("cluster_forwarded_requests", "Requests handed on to the leader, by what became of them.", ["outcome"], () =>
    by("outcome", cluster.figures.forwarded),
  );
  counter("cluster_refused_requests", "Requests refused because nobody led.", [], () => one(cluster.figures.refused));
  counter("cluster_repairs", "What had to be set right in the ledger, by kind.", ["kind"], () => {
    const counts: Record<string, number> = {};
    for (const { kind } of ledger.repairs) counts[kind] = (counts[kind] ?? 0) + 1;
    return by("kind", counts);
  });
  gauge("cluster_lost_entries", "Entries that this member's disk lost and has not got again.", [], () => {
    const { loss, log } = ledger.consensus;
    return one(loss === undefined ? 0 : Math.max(0, loss.upTo - log.stable));
  });
  gauge("state_disk_bytes", "The disk of the state directory.", ["what"], async () => {
    const { free_bytes, size_bytes, ledger_bytes, tables_bytes, snapshots_bytes } = await diskUseOf(stateDir);
    const used = { ledger: ledger_bytes, tables: tables_bytes, snapshots: snapshots_bytes };
    return by("what", { free: free_bytes, size: size_bytes, ...used });
  });
}

function histogramOf(name: string, help: string, read: () => Tally): Pick<Metric, "get"> & { readonly name: string } {
  return {
    name,
    async get() {
      const { bounds_s, counts, sum_s, count } = read();
      let upTo = 0;
      const buckets = bounds_s.map((bound_s, at) => {
        upTo += counts[at] ?? 0;
        return { metricName: `${name}_bucket`, labels: { le: bound_s }, value: upTo };
      });
      const values = [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { le: "+Inf" }, value: count },
        { metricName: `${name}_sum`, labels: {}, value: sum_s },
        { metricName: `${name}_count`, labels: {}, value: count },
      ];
      return { name, help, type: "histogram", values, aggregator: "sum" } as unknown as Awaited<ReturnType<Metric["get"]>>;
    },
  };
}
