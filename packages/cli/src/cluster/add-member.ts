import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@shardwright/client";
import { ShardwrightError } from "@shardwright/core";

const askAgain_ms = 500;

/**
 * Has the cluster take a coordinator in as a learner, and makes it a voter as soon as it has caught up.
 * @param say told what is waited for, once
 * @returns its id
 * @throws ShardwrightError `not-caught-up` when that takes longer than `wait_ms`; it stays a learner. What the coordinator refuses
 */
export async function addMember(
  client: Pick<Client, "addMember" | "promoteMember">,
  address: string,
  wait_ms: number,
  say: (what: string) => void,
): Promise<string> {
  const { id } = await client.addMember(address);
  const until_ms = performance.now() + wait_ms;
  for (let turn = 1; ; turn += 1) {
    try {
      await client.promoteMember(id, true);
      return id;
    } catch (error) {
      const isBehind = error instanceof ShardwrightError && error.code === "not-caught-up";
      if (!isBehind || performance.now() >= until_ms) throw error;
      if (turn === 1) say(`${id} is a learner; waiting until it has caught up.`);
    }
    await pause(askAgain_ms);
  }
}
