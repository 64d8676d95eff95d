import type { ClusterStatus } from "@shardwright/core";
import { quorumOf, votersOf } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";

/** A member that was silent for longer is not counted on. */
const there_ms = 10_000;

/** What one node knows of its cluster. */
export function clusterStatusOf(ledger: RaftLedger, clock: Clock, version: string): ClusterStatus {
  const { consensus, identity } = ledger;
  const { role, term, leader, log, commit, applied } = consensus;
  const now_ms = clock.monotonic_ms();
  const members = log.configuration.members.map(({ id, address, votes, isWitness }) => {
    const match = role.kind !== "leader" ? undefined : id === identity.node ? log.stable : (role.progress.get(id)?.match ?? 0);
    const heard_ms = ledger.heard_ms(id);
    return {
      id,
      address,
      role: votes ? (isWitness === true ? ("witness" as const) : ("voter" as const)) : ("learner" as const),
      ...(match === undefined ? {} : { match }),
      ...(heard_ms === undefined || id === identity.node ? {} : { last_contact_ms: Math.round(now_ms - heard_ms) }),
    };
  });
  const voters = votersOf(log.configuration);
  // A leader knows who is there; anybody else takes all for that.
  const isThere = (id: string): boolean =>
    role.kind !== "leader" || id === identity.node || now_ms - (ledger.heard_ms(id) ?? Number.NEGATIVE_INFINITY) < there_ms;
  const there = voters.filter(({ id }) => isThere(id)).length;
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
    members,
    tolerates: Math.max(0, there - quorumOf(log.configuration)),
    elections: ledger.elections,
  };
}
