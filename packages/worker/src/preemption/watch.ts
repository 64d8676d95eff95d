import { pause } from "@shardwright/client";
import { reasonOf } from "@shardwright/core";
import type { Notify } from "../connection/notices.ts";
import { type Cloud, metadataEndpoint, preemptionNotice } from "./clouds.ts";

export interface PreemptionOptions {
  readonly cloud: Cloud;
  /** Of the metadata service; the cloud's own when absent. */
  readonly endpoint?: string;
  /** Between two questions; 5,000 when absent, as AWS recommends. */
  readonly interval_ms?: number;
}

/** An answer comes from the machine's own host. */
const answerLimit_ms = 2000;
/** How long a machine is left at least, where its cloud does not say: GCP and Azure promise half a minute. */
const usualNotice_ms = 30_000;
/** What is kept of that for delivering results and leaving. */
const reserve_ms = 8000;

/**
 * Asks the cloud again and again whether it takes this machine away.
 * @returns how long what runs may go on then, in milliseconds
 */
export async function untilPreempted(
  { cloud, endpoint = metadataEndpoint, interval_ms = 5000 }: PreemptionOptions,
  notify: Notify,
  signal: AbortSignal,
): Promise<number> {
  for (let isKnownAway = false; ; await pause(interval_ms, signal)) {
    try {
      const notice = await preemptionNotice(cloud, endpoint, AbortSignal.any([signal, AbortSignal.timeout(answerLimit_ms)]));
      isKnownAway = false;
      if (notice === undefined) continue;
      const left_ms = Math.max(0, notice.at_ms === undefined ? usualNotice_ms : notice.at_ms - Date.now());
      notify({
        level: "warning",
        code: "preempted",
        message: `The cloud takes this machine away in ${Math.round(left_ms / 1000)} s (${notice.action}).`,
      });
      return Math.max(0, left_ms - reserve_ms);
    } catch (error) {
      signal.throwIfAborted();
      if (isKnownAway) continue;
      isKnownAway = true;
      const message = `The metadata service of ${cloud} cannot be asked whether this machine is taken away: ${reasonOf(error)}. It is asked again.`;
      notify({ level: "warning", code: "preemption-unknown", message });
    }
  }
}
