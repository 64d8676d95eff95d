import { randomBytes } from "node:crypto";
import { type Comparison, ShardwrightError, type TablesDigest, reasonOf } from "@shardwright/core";
import type { Clock } from "../clock.ts";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import type { Digests } from "./digests.ts";
import type { OtherCoordinators } from "./other-coordinators.ts";

export interface CompareOptions {
  readonly ledger: RaftLedger;
  readonly clock: Clock;
  readonly digests: Digests;
  readonly others: Pick<OtherCoordinators, "prepareDigest" | "digest">;
}

/** How long a member may take to read its tables. */
const reading_ms = 570_000;
/** Tries of the entry at which tables are compared while the members change. */
const tries = 50;
const tryAgain_ms = 100;

/**
 * Compares the tables of all members after one and the same entry: each is told to look out for the next configuration in the log, then one
 * is written that changes nothing. For the leader; writing goes on meanwhile.
 * @throws ShardwrightError `no-leader`, `leadership-lost`, `membership-refused`
 */
export async function compareTables({ ledger, clock, digests, others }: CompareOptions): Promise<Comparison> {
  if (ledger.role !== "leader") throw new ShardwrightError("no-leader");
  const name = randomBytes(8).toString("hex");
  const { node, cluster } = ledger.identity;
  const members = ledger.consensus.log.configuration.members.filter(({ isWitness }) => isWitness !== true);
  const prepared = await Promise.all(
    members.map(async ({ id, address }) => {
      try {
        if (id === node) digests.prepare(name);
        else await others.prepareDigest(address, name);
        return { id, address, take: () => (id === node ? digests.take(name) : others.digest(address, name, reading_ms)) };
      } catch (error) {
        return { id, address, problem: reasonOf(error) };
      }
    }),
  );
  await writeMark(ledger, clock);
  const compared = prepared.map(async ({ id, address, take, problem }): Promise<Comparison["members"][number]> => {
    if (take === undefined) return { id, address, problem };
    try {
      return { id, address, digest: await withLimit(take(), clock) };
    } catch (error) {
      return { id, address, problem: reasonOf(error) };
    }
  });
  return { cluster, members: await Promise.all(compared) };
}

/** A configuration as the one before. */
async function writeMark(ledger: RaftLedger, clock: Clock): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      await ledger.change({ members: ledger.consensus.log.configuration.members });
      return;
    } catch (error) {
      const { reason } = error instanceof ShardwrightError ? error.details : {};
      if ((reason !== "change-pending" && reason !== "term-uncommitted") || attempt >= tries) throw error;
      await new Promise<void>((resolve) => clock.after(tryAgain_ms, resolve));
    }
}

async function withLimit(coming: Promise<TablesDigest>, clock: Clock): Promise<TablesDigest> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.after(reading_ms, () => reject(new Error(`nothing came within ${reading_ms / 1000} s`)));
  try {
    return await Promise.race([coming, promise]);
  } finally {
    timer.cancel();
  }
}
