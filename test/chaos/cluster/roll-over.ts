import type { UpdateReadiness } from "@shardwright/core";
import { until } from "../../processes.ts";
import type { ChaosCluster } from "./cluster.ts";
import { authorization, type Member } from "./member.ts";

/** A coordinator that is told to stop lets requests under way finish, for 10 s at most. */
const stopLimit_ms = 20_000;
/** Other things happen to the cluster meanwhile; that a member is gone for good it finds out in a minute. */
const readyLimit_ms = 100_000;

/**
 * Updates the cluster as an operator does: one after the other, the leader last, each when the cluster says that it may be.
 * @returns what happened; throws when newer facts were written before all could apply them, when a coordinator did not stop in order, or
 *   might not be stopped for too long
 */
export async function rollOver(cluster: ChaosCluster): Promise<string> {
  const updated: string[] = [];
  let left = cluster.members.filter(({ isFormer }) => isFormer);
  while (left.length > 0) {
    await until("that a coordinator may be stopped", () => isUpdateReady(cluster), readyLimit_ms);
    const leader = await cluster.leader();
    const member = left.find((each) => each !== leader && !each.isBusy) ?? left.find(({ isBusy }) => !isBusy);
    if (member === undefined || cluster.members.some(({ isBusy }) => isBusy)) continue;
    member.isBusy = true;
    try {
      await refusesNewerFacts(cluster);
      await update(member, cluster);
    } finally {
      member.isBusy = false;
    }
    if (updated.length === 0) await letLead(member, cluster);
    updated.push(`${member.name}${member === leader ? " (leader)" : ""}`);
    left = cluster.members.filter(({ isFormer }) => isFormer);
  }
  return `roll over: ${updated.join(", ")}`;
}

async function update(member: Member, cluster: ChaosCluster): Promise<void> {
  const isStarted = (await member.status()) !== undefined;
  member.signal("SIGTERM");
  const code = await member.ended(stopLimit_ms);
  if (code === undefined) {
    await member.report();
    await member.kill();
  }
  member.isFormer = false;
  cluster.restart(member);
  // Until it listens for it, the signal ends it at once.
  if (code !== 0 && isStarted)
    throw new Error(`${member.name} was told to stop and ended with ${code ?? `nothing in ${stopLimit_ms} ms`}`);
}

/** A new version leads former ones: that is when too much could be written. */
async function letLead(member: Member, cluster: ChaosCluster): Promise<void> {
  await until("that it has caught up", () => isUpdateReady(cluster), readyLimit_ms);
  const to = (await member.status(1000))?.id;
  await cluster.operate("POST", "/api/v1/cluster/transfer", { to }, 4).catch(() => {});
  // Something else may come in between.
  await until("that it leads", async () => (await cluster.leader()) === member, 5000).catch(() => {});
}

async function isUpdateReady({ members }: ChaosCluster): Promise<boolean> {
  for (const member of members) {
    const answer = await member.ask("/api/v1/cluster/update-ready", 1000).catch(() => undefined);
    if (answer !== undefined) return ((await answer.json()) as UpdateReadiness).ready;
  }
  return false;
}

/** Settings came with the version that the cluster is updated to. @throws Error when one is taken though not all know them */
async function refusesNewerFacts({ addresses }: ChaosCluster): Promise<void> {
  for (const address of addresses) {
    const answer = await fetch(`${address}/api/v1/configuration/open-runs`, {
      method: "PUT",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ value: 900 }),
      signal: AbortSignal.timeout(1000),
    }).catch(() => undefined);
    if (answer?.ok === true) throw new Error("newer facts were written before all members could apply them");
  }
}
