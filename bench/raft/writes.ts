import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../packages/client/src/index.ts";
import { register, submissionOf } from "../by-hand.ts";

export interface Leased {
  readonly run: string;
  readonly fence: number;
  readonly task: number;
  readonly attempt: number;
}

/** One worker that holds so many tasks, each begun: results for them can be sent. */
export async function leaseAll(client: Client, count: number): Promise<{ worker: string; leased: readonly Leased[] }> {
  const key = `raft-${process.pid}-${Date.now()}`;
  const { run } = await client.submitRun(submissionOf(key, count, { speculation: false }));
  const { worker } = await register(client, key);
  const leased: Leased[] = [];
  while (leased.length < count) {
    const { leases } = await client.lease(worker, { slots: Math.min(256, count - leased.length), wait_ms: 0, run });
    for (const { fence, tasks } of leases) for (const { task, attempt } of tasks) leased.push({ run, fence, task, attempt });
    if (leases.length === 0) await pause(5);
  }
  await client.sendResults(worker, { events: leased.map((each) => ({ type: "started" as const, ...each })) });
  return { worker, leased };
}

export function eventBase({ run, fence, task, attempt }: Leased): Leased {
  return { run, fence, task, attempt };
}
