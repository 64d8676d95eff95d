import {
  type ClusterHealth,
  type ClusterStatus,
  type ElectionRecord,
  type MemberStatus,
  ShardwrightError,
} from "@shardwright/core";
import type { Command } from "commander";
import { addMember } from "../cluster/add-member.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { registerClusterBackup } from "./cluster-backup.ts";
import { registerClusterRecover } from "./cluster-recover.ts";
import { registerClusterConfig } from "./cluster-config.ts";
import { connect } from "./connect.ts";
import { memberLines } from "./member-lines.ts";
import { registerUpdateReady } from "./update-ready.ts";

const mebibyte = 1024 * 1024;
/** Of those that the status names. */
const electionsShown = 3;
const reasons: Record<ElectionRecord["reason"], string> = {
  start: "this one had started",
  "process-gone": "the leader's process was gone",
  silence: "the leader was silent",
  handover: "the leader handed over",
  "no-quorum": "the leader had lost its majority",
};

/** `shardwright cluster status|update-ready|config|add|promote|remove|transfer-leadership|backup|verify|restore|recover`. */
export function registerCluster(program: Command, context: CommandContext): void {
  const cluster = program.command("cluster").description("look after a cluster of coordinators");

  addSettings(cluster.command("status", { isDefault: true }), "cluster")
    .description("members, leader, how far each is, and how many may be lost")
    .addHelpText("after", "\nExample:\n  $ shardwright cluster status --coordinator http://127.0.0.1:8081")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      const status = await withHealth(await client.clusterStatus(), () => client.clusterHealth());
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(status)}\n` : `${describeCluster(status)}\n`);
    });

  registerUpdateReady(cluster, context);
  registerClusterConfig(cluster, context);

  addSettings(cluster.command("promote <id>"), "cluster")
    .description("make a learner a voter")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.promoteMember(id);
      await client.close();
      context.stderr.write(`${id} votes.\n`);
    });

  addSettings(cluster.command("add <address>"), "cluster")
    .description("take in the coordinator at an address, and make it a voter when it has caught up")
    .option("--wait <seconds>", "how long it may take to catch up", "600")
    .addHelpText(
      "after",
      `
It was started with --coordinator-addresses. Coordinators make it a voter by themselves as well, in pairs, unless they run with --no-auto-recovery.

Example:
  $ shardwright cluster add http://127.0.0.1:8082 --coordinator http://127.0.0.1:8081`,
    )
    .action(async (address: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const wait_ms = secondsOf(command.opts<{ wait: string }>().wait) * 1000;
      const client = connect(settings);
      try {
        const id = await addMember(client, address, wait_ms, (what) => context.stderr.write(`${what}\n`));
        const { members } = await client.clusterStatus();
        const voters = members.filter(({ role }) => role !== "learner").length;
        const even = voters % 2 === 0 ? ` With ${voters} no more may be lost than with ${voters - 1}: add another one.` : "";
        context.stderr.write(`${id} votes.${even}\n`);
      } finally {
        await client.close();
      }
    });

  addSettings(cluster.command("remove <id>"), "cluster")
    .description("remove a member for good; its disk cannot come back as the same member")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.removeMember(id);
      await client.close();
      context.stderr.write(`${id} is no member any more.\n`);
    });

  addSettings(cluster.command("transfer-leadership [id]"), "cluster")
    .description("let another voter lead: the one named, or the one that is furthest")
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.transferLeadership(id);
      await client.close();
      context.stderr.write("Leadership is being handed over; see `shardwright cluster status`.\n");
    });

  registerClusterBackup(cluster, context);
  registerClusterRecover(cluster, context);
}

/** How the members are only their leader knows: where another one told of the cluster, it is asked as well. */
async function withHealth(status: ClusterStatus, ask: () => Promise<ClusterHealth>): Promise<ClusterStatus> {
  if (status.role === "leader" || status.leader === undefined) return status;
  // One of an earlier version does not know of it, and a leader may just have gone.
  const told = await ask().catch(() => undefined);
  const members = status.members.map((member) => ({ ...member, ...told?.members.find(({ id }) => id === member.id) }));
  return { ...status, members };
}

function secondsOf(given: string): number {
  const seconds = Number(given);
  if (given.trim() !== "" && seconds >= 0 && seconds <= 86_400) return seconds;
  throw new ShardwrightError("usage", {
    problem: `--wait is a number of seconds from 0 to 86400, not ${given}.`,
    remedy: "See `shardwright cluster add --help`.",
  });
}

/** Who votes, and how many of them may be lost; as many as that whoever is silent now. */
export function describeVoters(members: readonly Pick<MemberStatus, "role">[]): string {
  const witnesses = members.filter(({ role }) => role === "witness").length;
  const learners = members.filter(({ role }) => role === "learner").length;
  const voters = members.length - learners;
  const tolerates = Math.max(0, Math.ceil(voters / 2) - 1);
  return [
    `${voters} ${voters === 1 ? "coordinator votes" : "coordinators vote"}`,
    witnesses === 0 ? "" : `, ${witnesses} of them ${witnesses === 1 ? "a witness" : "witnesses"}`,
    `: ${tolerates === 0 ? "none" : tolerates} may be lost.`,
    learners === 0 ? "" : ` ${learners} more ${learners === 1 ? "stands" : "stand"} by.`,
  ].join("");
}

/** A few lines for people. */
export function describeCluster(status: ClusterStatus): string {
  const { cluster, id, role, term, leader, members, tolerates, commit, disk, facts } = status;
  const voters = members.filter((member) => member.role !== "learner").length;
  const led = leader === undefined ? "no leader" : `led by ${leader.id}`;
  const losses = tolerates === 1 ? "1 voter may be lost" : `${tolerates} voters may be lost`;
  return [
    `Cluster ${cluster}, term ${term}, ${led}; ${voters} ${voters === 1 ? "votes" : "vote"}: ${losses}.`,
    ...memberLines(members, { commit, leader: leader?.id, isLeader: role === "leader", id }),
    ...(status.recent_elections ?? []).slice(-electionsShown).map(describeElection),
    ...(status.repairs ?? []).map(({ at, what }) => `${at}  repaired: ${what}`),
    ...describeTransfers(status),
    `Told by ${id} (${role}), version ${status.version}, entry ${commit}; facts ${facts} are agreed on.${disk === undefined ? "" : ` ${describeDisk(disk)}`}`,
  ].join("\n");
}

function describeElection({ at, term, outcome, leader, reason, without_leader_ms }: ElectionRecord): string {
  const what = outcome === "lost" ? `${term} was not won here` : `${term}: ${leader ?? "nobody"} leads`;
  return `${at}  term ${what}; ${reasons[reason]}, ${(without_leader_ms / 1000).toFixed(1)} s without a leader`;
}

function describeTransfers({ receiving, sending = 0, lost_up_to }: ClusterStatus): string[] {
  const lines: string[] = [];
  if (lost_up_to !== undefined)
    lines.push(`Its disk lost entries up to ${lost_up_to}: it takes no part in elections until it has them again.`);
  if (receiving !== undefined)
    lines.push(`A copy of the tables is being fetched: ${inMib(receiving.bytes)} of ${inMib(receiving.of_bytes)} MiB.`);
  if (sending > 0) lines.push(`Copies of the tables are being handed to others: ${sending}.`);
  return lines;
}

function describeDisk(disk: NonNullable<ClusterStatus["disk"]>): string {
  const used_bytes = disk.ledger_bytes + disk.tables_bytes + disk.snapshots_bytes + disk.blobs_bytes;
  const room = `Its disk: ${inMib(used_bytes)} MiB used, ${inMib(disk.free_bytes)} of ${inMib(disk.size_bytes)} MiB free.`;
  return disk.stalled_ms === undefined ? room : `${room} It has not answered for ${(disk.stalled_ms / 1000).toFixed(1)} s.`;
}

function inMib(bytes: number): string {
  return (bytes / mebibyte).toFixed(bytes < 10 * mebibyte ? 1 : 0);
}
