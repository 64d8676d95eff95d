import type { ClusterStatus } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { connect } from "./connect.ts";

/** `shardwright cluster status|promote|remove|transfer-leadership`. */
export function registerCluster(program: Command, context: CommandContext): void {
  const cluster = program.command("cluster").description("look after a cluster of coordinators");

  addSettings(cluster.command("status", { isDefault: true }), "cluster")
    .description("members, leader, how far each is, and how many may be lost")
    .addHelpText("after", "\nExample:\n  $ shardwright cluster status --coordinator http://127.0.0.1:8081")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      const status = await client.clusterStatus();
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(status)}\n` : `${describeCluster(status)}\n`);
    });

  addSettings(cluster.command("promote <id>"), "cluster")
    .description("make a learner a voter")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.promoteMember(id);
      await client.close();
      context.stderr.write(`${id} votes.\n`);
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
}

/** A few lines for people. */
export function describeCluster(status: ClusterStatus): string {
  const { cluster, id, role, term, leader, members, tolerates, commit } = status;
  const voters = members.filter((member) => member.role !== "learner").length;
  const led = leader === undefined ? "no leader" : `led by ${leader.id}`;
  const width = Math.max(...members.map((member) => member.id.length), 2);
  const lines = members.map((member) => {
    const mark = member.id === leader?.id ? "*" : " ";
    const lag = member.match === undefined ? "" : `  ${commit - Math.min(member.match, commit)} behind`;
    const heard = member.last_contact_ms === undefined ? "" : `  heard ${(member.last_contact_ms / 1000).toFixed(1)} s ago`;
    return `${mark} ${member.id.padEnd(width)}  ${member.role.padEnd(7)}  ${member.address}${lag}${heard}`;
  });
  const losses = tolerates === 1 ? "1 voter may be lost" : `${tolerates} voters may be lost`;
  return [
    `Cluster ${cluster}, term ${term}, ${led}; ${voters} ${voters === 1 ? "votes" : "vote"}: ${losses}.`,
    ...lines,
    `Told by ${id} (${role}), entry ${commit}.`,
  ].join("\n");
}
