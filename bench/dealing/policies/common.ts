import { estimateDurations } from "@shardwright/core";
import type { Pool } from "../scenario.ts";

/** What each task should take, from whatever hardware has run it. */
export function expectedAnywhere_ms({ tasks, history }: Pool): number[] {
  return estimateDurations(tasks, history, "").map(({ expected_ms }) => expected_ms);
}
