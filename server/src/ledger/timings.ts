import type { FailoverTimings } from "@shardwright/core";
import type { Settings } from "@shardwright/raft";

const mebibyte = 1024 * 1024;

export function settingsOf(timings: FailoverTimings): Settings {
  return { ...timings, messageLimit_bytes: mebibyte, inFlightLimit: 8, uncommittedLimit_bytes: 128 * mebibyte };
}
