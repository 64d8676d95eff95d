/** Clusters of two with tables and a witness. */
import type { ClusterStatus } from "@shardwright/core";
import { expect } from "vitest";
import type { ClusterMemberOptions, Coordinator } from "../coordinator.ts";
import { start, statusOf } from "./members.ts";

export const rolesOf = ({ members }: ClusterStatus): string =>
  members.map(({ id, role }) => `${id.slice(0, 1)} ${role}`).join(", ");

/** Resolves when two with tables and a witness vote. */
export async function whole(all: readonly Coordinator[]): Promise<void> {
  for (const each of all)
    await expect
      .poll(async () => rolesOf(await statusOf(each)).replaceAll(/\w (\w+)/g, "$1"), { timeout: 20_000 })
      .toMatch(/^(voter, voter, witness|voter, witness, voter)$/);
}

export async function twoAndWitness(options: ClusterMemberOptions = {}): Promise<Record<"a" | "b" | "w", Coordinator>> {
  const a = await start("a", options);
  const addresses = [a.address];
  const [b, w] = await Promise.all([
    start("b", { addresses, ...options }),
    start("w", { addresses, isWitness: true, ...options }),
  ]);
  await whole([a, b, w]);
  return { a, b, w };
}

export const startWitness = (name: string, addresses: readonly string[], more: ClusterMemberOptions = {}): Promise<Coordinator> =>
  start(name, { addresses, isWitness: true, ...more });
