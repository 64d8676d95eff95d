/** How soon a silent leader is replaced, in milliseconds. */
export interface FailoverTimings {
  /** How often a leader is heard. */
  readonly heartbeat_ms: number;
  /** Another one stands for election after a silence between these two. */
  readonly electionMin_ms: number;
  readonly electionMax_ms: number;
}

/** Timings that go together. */
export const failoverProfiles = {
  /** A heartbeat may be lost nine times before anybody doubts. */
  default: { heartbeat_ms: 250, electionMin_ms: 2500, electionMax_ms: 5000 },
  /** For coordinators on one network: a new leader within a second. */
  fast: { heartbeat_ms: 50, electionMin_ms: 300, electionMax_ms: 600 },
  /** For coordinators that are far from each other. */
  wan: { heartbeat_ms: 500, electionMin_ms: 4000, electionMax_ms: 8000 },
  /** Few messages, and patience: not one lost heartbeat is borne. */
  relaxed: { heartbeat_ms: 5000, electionMin_ms: 8000, electionMax_ms: 15_000 },
} as const satisfies Record<string, FailoverTimings>;
export type FailoverProfile = keyof typeof failoverProfiles;
