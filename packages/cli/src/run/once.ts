import { createClient } from "@shardwright/client";
import type { CoordinatorAccess } from "../config/failover.ts";

/** Does what all who watched a run's end would do, if it falls to this one. */
export type Once = (tell: () => Promise<void>) => Promise<void>;

/** How long the coordinator is asked whose it is to tell. */
const patience_ms = 5000;

/**
 * Has one of the jobs of a run tell the outside world of its end: the coordinator says which. Without an answer of its own it tells: better
 * twice than not at all.
 * @param by names this job among the others, when it is run again, too
 */
export function onceForRun({ addresses, apiKey, failover }: CoordinatorAccess, run: string, by: string): Once {
  return async (tell) => {
    const client = createClient({
      addresses,
      apiKey,
      failover: { ...failover, timeout_ms: Math.min(failover.timeout_ms, patience_ms) },
      retry: { attempts: 5, total_ms: patience_ms },
    });
    try {
      const claim = await client.claimPublication(run, { by }).catch(() => undefined);
      if (claim?.granted === false) return;
      await tell();
      // Should this be lost, another may tell once more when the claim has run out.
      if (claim !== undefined) await client.claimPublication(run, { by, done: true }).catch(() => {});
    } finally {
      await client.close();
    }
  };
}
