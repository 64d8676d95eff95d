import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "../../packages/client/src/index.ts";
import { register, submissionOf } from "../by-hand.ts";

export interface Leased {
  readonly run: string;
  readonly fence: number;
  readonly task: number;
  readonly attempt: number;
}

/** A worker, and the tasks that it holds. */
export interface Holder {
  readonly worker: string;
  readonly leased: readonly Leased[];
}

/** What a worker is given at a time: what runs in its slots, and as much again to go on with. */
const ahead = 2;

/** So many workers that hold at least so many tasks each, all of them begun: results for them can be sent. */
export async function leaseAll(client: Client, workers: number, slots: number): Promise<Holder[]> {
  const key = `raft-${process.pid}-${Date.now()}`;
  const { run } = await client.submitRun(submissionOf(key, ahead * workers * slots, { speculation: false }));
  const holders: Holder[] = [];
  for (let number = 0; number < workers; number += 1) {
    const { worker } = await register(client, `${key}-${number}`, slots);
    const leased: Leased[] = [];
    while (leased.length < slots) {
      const { leases } = await client.lease(worker, { slots: slots - leased.length, wait_ms: 0, run });
      for (const { fence, tasks } of leases) for (const { task, attempt } of tasks) leased.push({ run, fence, task, attempt });
      if (leases.length === 0) await pause(5);
    }
    await client.sendResults(worker, { events: leased.map((each) => ({ type: "started" as const, ...each })) });
    holders.push({ worker, leased });
  }
  return holders;
}

export function eventBase({ run, fence, task, attempt }: Leased): Leased {
  return { run, fence, task, attempt };
}
