import type { Failover } from "@shardwright/client";
import type { Settings } from "./resolve.ts";

/** What reaches the coordinators. */
export interface CoordinatorAccess {
  readonly addresses: readonly string[];
  readonly apiKey: string;
  readonly failover: Required<Failover>;
}

/** How a command goes from one of its coordinator's addresses to another. */
export function failoverOf({ coordinatorFailoverStrategy, failoverTimeout }: Settings): Required<Failover> {
  return { strategy: coordinatorFailoverStrategy, timeout_ms: Math.max(1, Math.round(failoverTimeout * 1000)) };
}
