import type { Settings } from "@shardwright/raft";

/** How soon a silent leader is replaced, in milliseconds. */
export interface Timings {
  readonly heartbeat_ms: number;
  readonly electionMin_ms: number;
  readonly electionMax_ms: number;
}

export const timings = {
  /** A heartbeat may be lost nine times before anybody doubts. */
  default: { heartbeat_ms: 250, electionMin_ms: 2500, electionMax_ms: 5000 },
  /** For coordinators on one network: a new leader within a second. */
  fast: { heartbeat_ms: 50, electionMin_ms: 300, electionMax_ms: 600 },
  /** For coordinators that are far from each other. */
  wan: { heartbeat_ms: 500, electionMin_ms: 5000, electionMax_ms: 10_000 },
  /** Few messages, and patience: one lost heartbeat is all that it bears. */
  relaxed: { heartbeat_ms: 5000, electionMin_ms: 8000, electionMax_ms: 15_000 },
} as const satisfies Record<string, Timings>;

const mebibyte = 1024 * 1024;

export function settingsOf(timings: Timings): Settings {
  return { ...timings, messageLimit_bytes: mebibyte, inFlightLimit: 8, uncommittedLimit_bytes: 128 * mebibyte };
}
