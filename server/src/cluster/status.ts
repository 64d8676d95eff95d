import type { ClusterStatus, MemberStatus } from "@shardwright/core";
import { quorumOf, votersOf } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { DiskUse } from "./disk-use.ts";
import type { ElectionHistory } from "./election-history.ts";
import type { MemberHealth } from "./member-health.ts";
import type { SnapshotFigures } from "./figures.ts";
import type { Versions } from "./versions.ts";

/** A member that was silent for longer is not counted on. */
const there_ms = 10_000;

export interface StatusSources {
  readonly ledger: RaftLedger;
  readonly clock: Clock;
  readonly version: string;
  readonly versionOf: (id: string) => string | undefined;
  readonly versions: Versions;
  readonly elections: ElectionHistory;
  readonly snapshots: SnapshotFigures;
  readonly disk: DiskUse;
  readonly blobs_bytes: number;
  readonly waitingBlobs: number;
  readonly isWitness: boolean;
  readonly health: Pick<MemberHealth, "of" | "readingsOf">;
}

/** What one node knows of its cluster. */
export function clusterStatusOf(sources: StatusSources): ClusterStatus {
  const { ledger, clock, version, versions, elections, snapshots, disk, blobs_bytes, waitingBlobs, isWitness } = sources;
  const { consensus, identity } = ledger;
  const { role, term, leader, log, commit, applied, loss } = consensus;
  const { stalled_ms } = ledger.sync;
  const now_ms = clock.monotonic_ms();
  return {
    cluster: identity.cluster,
    id: identity.node,
    version,
    role: role.kind,
    term,
    ...(leader === undefined ? {} : { leader: { id: leader, address: ledger.addressOf(leader) ?? "" } }),
    first: log.base.index + 1,
    last: log.last,
    commit,
    applied,
    position: ledger.position,
    members: membersOf(sources),
    is_witness: isWitness,
    tolerates: toleratedLosses(ledger, now_ms),
    elections: ledger.figures.elections,
    stable: log.stable,
    ...(leader === undefined && { without_leader_ms: Math.round(elections.leaderless_ms) }),
    recent_elections: [...elections.records],
    disk: { ...disk, blobs_bytes, ...(stalled_ms !== undefined && { stalled_ms: Math.round(stalled_ms) }) },
    queues: { ...ledger.figures.queues, blobs: waitingBlobs },
    ...(snapshots.receiving !== undefined && { receiving: { ...snapshots.receiving } }),
    sending: snapshots.sending,
    repairs: [...ledger.repairs],
    ...(loss !== undefined && { lost_up_to: loss.upTo }),
    facts: ledger.factVersion,
    known_facts: versions.own,
  };
}

/** The members, as one node knows them. */
export function membersOf({
  ledger,
  clock,
  version,
  versionOf,
  versions,
  health,
}: Pick<StatusSources, "ledger" | "clock" | "version" | "versionOf" | "versions" | "health">): MemberStatus[] {
  const { consensus, identity } = ledger;
  const now_ms = clock.monotonic_ms();
  return consensus.log.configuration.members.map(({ id, address, votes, isWitness }) => {
    const heard_ms = ledger.contacts.heard_ms(id);
    const memberVersion = id === identity.node ? version : versionOf(id);
    const facts = versions.of(id);
    const match = matchOf(ledger, id);
    const healthNow = health.of(id);
    const disk = healthNow === undefined ? undefined : health.readingsOf(id)?.disk;
    return {
      id,
      address,
      role: votes ? (isWitness === true ? ("witness" as const) : ("voter" as const)) : ("learner" as const),
      ...(match === undefined ? {} : { match }),
      ...(heard_ms === undefined || id === identity.node ? {} : { last_contact_ms: Math.round(now_ms - heard_ms) }),
      ...(memberVersion === undefined ? {} : { version: memberVersion }),
      ...(facts === undefined ? {} : { facts }),
      ...(healthNow === undefined ? {} : { health: healthNow }),
      ...(disk === undefined ? {} : { disk }),
    };
  });
}

/** How many more voters may be lost with the cluster going on. A leader knows who is there; anybody else takes all for that. */
export function toleratedLosses(ledger: RaftLedger, now_ms: number): number {
  const { role, log } = ledger.consensus;
  const isThere = (id: string): boolean =>
    role.kind !== "leader" ||
    id === ledger.identity.node ||
    now_ms - (ledger.contacts.heard_ms(id) ?? Number.NEGATIVE_INFINITY) < there_ms;
  const there = votersOf(log.configuration).filter(({ id }) => isThere(id)).length;
  return Math.max(0, there - quorumOf(log.configuration));
}

/** The last entry that a member has on its disk, as far as its leader has heard; undefined where this node does not lead. */
export function matchOf(ledger: RaftLedger, id: string): number | undefined {
  const { role, log } = ledger.consensus;
  if (role.kind !== "leader") return undefined;
  if (id === ledger.identity.node) return log.stable;
  return ledger.contacts.isHeardByLeader(id) ? role.progress.get(id)?.match : undefined;
}
