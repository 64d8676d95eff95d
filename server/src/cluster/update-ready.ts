import { ShardwrightError } from "@shardwright/core";
import { votersOf } from "@shardwright/raft";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { Versions } from "./versions.ts";

/** Entries that a voter may lack: what it makes up for in a moment. */
const closeEnough = 100;
/** A voter answers every heartbeat; one that missed several is not counted on. */
const heartbeats = 4;
const slack_ms = 500;

export interface ReadinessOptions {
  readonly ledger: RaftLedger;
  readonly versions: Versions;
  readonly clock: Clock;
  /** How often the leader is heard, and hears its voters. */
  readonly heartbeat_ms: number;
}

/**
 * What stands against stopping one coordinator now, whichever; nothing, when nobody would notice. Only the leader knows.
 * @throws ShardwrightError `no-leader` elsewhere
 */
export function updateObstaclesOf({ ledger, versions, clock, heartbeat_ms }: ReadinessOptions): string[] {
  const { role, log, commit } = ledger.consensus;
  if (role.kind !== "leader" || ledger.role !== "leader") throw new ShardwrightError("no-leader");
  const reasons: string[] = [];
  const voters = votersOf(log.configuration);
  const silence_ms = heartbeats * heartbeat_ms + slack_ms;
  for (const { id } of voters) {
    if (id === ledger.identity.node) continue;
    const heard_ms = ledger.contacts.heard_ms(id);
    const silent_ms = heard_ms === undefined ? Number.POSITIVE_INFINITY : clock.monotonic_ms() - heard_ms;
    const progress = role.progress.get(id);
    const behind = commit - (progress?.match ?? 0);
    if (silent_ms > silence_ms) reasons.push(`${id} is not heard`);
    else if (versions.of(id) === undefined) reasons.push(`${id} has not connected to the leader yet`);
    else if (progress?.mode === "probe") reasons.push(`${id} has not told yet how far it is`);
    else if (progress?.mode === "replicate" && behind > closeEnough) reasons.push(`${id} is ${behind} entries behind`);
  }
  for (const [id, { mode }] of role.progress) if (mode === "snapshot") reasons.push(`${id} is being sent a copy of the tables`);
  if (voters.length < 3) reasons.push(`${voters.length === 1 ? "one votes" : "two vote"}: none of them may be missing`);
  if (ledger.sync.stalled_ms !== undefined) reasons.push("the leader's disk does not answer");
  if (log.configurationIndex > commit) reasons.push("the members are being changed");
  if (role.transfer !== undefined) reasons.push("leadership is being handed over");
  return reasons;
}
