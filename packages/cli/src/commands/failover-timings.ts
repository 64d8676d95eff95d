import { type FailoverProfile, type FailoverTimings, ShardwrightError, failoverProfiles } from "@shardwright/core";

export interface TimingSettings {
  readonly failoverProfile: FailoverProfile;
  /** All in seconds. */
  readonly heartbeatInterval?: number | undefined;
  readonly electionTimeoutMin?: number | undefined;
  readonly electionTimeoutMax?: number | undefined;
  readonly failoverTimeout: number;
}

/**
 * The profile's timings, with those that are given in place of its own, in milliseconds.
 * @throws ShardwrightError `usage` for timings with which no leader could stay, or none be found in time
 */
export function failoverTimings(settings: TimingSettings): FailoverTimings {
  const profile = failoverProfiles[settings.failoverProfile];
  const heartbeat = settings.heartbeatInterval ?? profile.heartbeat_ms / 1000;
  const min = settings.electionTimeoutMin ?? profile.electionMin_ms / 1000;
  const max = settings.electionTimeoutMax ?? profile.electionMax_ms / 1000;
  // Below that one heartbeat that comes late begins an election; `relaxed` is as its users know it, and asked for by name.
  const isOwnChoice = settings.heartbeatInterval !== undefined || settings.electionTimeoutMin !== undefined;
  if (min < heartbeat * (isOwnChoice ? 2 : 1))
    throw unworkable(
      `a leader that is heard every ${heartbeat} s would be doubted after ${min} s of silence, because of one late heartbeat`,
      "Make --election-timeout-min at least twice --heartbeat-interval, better ten times.",
    );
  if (max < min * 1.2)
    throw unworkable(
      `silences between ${min} and ${max} s are so alike that several coordinators would stand for election at once`,
      "Make --election-timeout-max at least 1.2 times --election-timeout-min, better twice.",
    );
  if (settings.failoverTimeout <= max)
    throw unworkable(
      `an election may begin only after ${max} s, and a failover is to raise an alarm after ${settings.failoverTimeout} s`,
      "Make --failover-timeout longer than --election-timeout-max.",
    );
  return { heartbeat_ms: heartbeat * 1000, electionMin_ms: min * 1000, electionMax_ms: max * 1000 };
}

function unworkable(what: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem: `These timings cannot work: ${what}.`, remedy });
}
