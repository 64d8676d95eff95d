import { resolve } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { BackupContents } from "@shardwright/server";
import type { Command } from "commander";
import { describeBackup } from "../cluster/describe-backup.ts";
import { judgeComparison } from "../cluster/judge-comparison.ts";
import { takeBackup } from "../cluster/take-backup.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { onStopSignals } from "../stop-signals.ts";
import { connect } from "./connect.ts";

const coordinatorName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** `shardwright cluster backup|verify|restore`. */
export function registerClusterBackup(cluster: Command, context: CommandContext): void {
  addSettings(cluster.command("backup <file>"), "cluster")
    .description("write all that a cluster knows into one file, while it runs (needs the admin token)")
    .option("--with-blobs", "logs, artifacts and bundles as well")
    .addHelpText(
      "after",
      `
The file is there when all of it is on the disk and was looked at; one of that name is replaced then. What broke off leaves nothing.

Example:
  $ shardwright cluster backup /backups/shardwright-$(date +%F).tar --coordinator http://127.0.0.1:8081`,
    )
    .action(async (file: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const path = resolve(context.directory, file);
      const blobs = command.opts<{ withBlobs?: boolean }>().withBlobs === true;
      const stop = new AbortController();
      const release = onStopSignals({ first: () => stop.abort(new ShardwrightError("interrupted")) });
      const client = connect(settings);
      try {
        print(await takeBackup(client, { path, blobs, signal: stop.signal }), settings.json, context);
      } finally {
        release();
        await client.close();
      }
    });

  addSettings(cluster.command("verify [file]"), "cluster")
    .description("look at all of a backup; without one, compare the tables of all coordinators that run (needs the admin token)")
    .addHelpText(
      "after",
      `
Coordinators are compared as they are after one and the same entry of their log, while they go on.

Examples:
  $ shardwright cluster verify /backups/shardwright-2026-11-27.tar
  $ shardwright cluster verify --coordinator http://127.0.0.1:8081`,
    )
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      if (file !== undefined) {
        const { verifyBackup } = await import("@shardwright/server");
        print(await verifyBackup(resolve(context.directory, file)), settings.json, context);
        return;
      }
      const client = connect(settings);
      const comparison = await client.compareTables();
      await client.close();
      const { text, differing, silent } = judgeComparison(comparison);
      context.stdout.write(settings.json ? `${JSON.stringify({ ...comparison, differing, silent })}\n` : `${text}\n`);
      if (differing.length > 0) throw new ShardwrightError("tables-differ", { members: differing.join(", ") });
      if (silent.length > 0) throw new ShardwrightError("tables-unread", { members: silent.join(", ") });
    });

  cluster
    .command("restore <file>")
    .description("found a new cluster of one coordinator from a backup, in an empty state directory")
    .requiredOption("--state-dir <path>", "where its coordinator is to keep its state; not there yet, or empty")
    .option(
      "--coordinator-id <name>",
      "its name among the coordinators of the cluster (default: that of the one that made the backup)",
    )
    .addHelpText(
      "after",
      `
The new cluster has a new name: coordinators of the old one neither hear it nor are heard. Start a coordinator in the directory; others join it.

Example:
  $ shardwright cluster restore /backups/shardwright-2026-11-27.tar --state-dir /var/lib/shardwright
  $ shardwright coordinator --state-dir /var/lib/shardwright`,
    )
    .action(async (file: string, { stateDir, coordinatorId }: { stateDir: string; coordinatorId?: string }) => {
      if (coordinatorId !== undefined && !coordinatorName.test(coordinatorId))
        throw new ShardwrightError("usage", {
          problem: `--coordinator-id ${coordinatorId} is no name of a coordinator.`,
          remedy: "Use lower-case letters, digits and hyphens: eu-1.",
        });
      const { restoreBackup } = await import("@shardwright/server");
      const directory = resolve(context.directory, stateDir);
      const restored = await restoreBackup(resolve(context.directory, file), {
        stateDir: directory,
        ...(coordinatorId !== undefined && { name: coordinatorId }),
      });
      context.stdout.write(`${describeBackup(restored)}\n`);
      context.stdout.write(
        `Restored as the cluster ${restored.cluster}, whose one voter is ${restored.member}. Start it with\n  shardwright coordinator --state-dir ${directory}\n`,
      );
    });
}

function print(contents: BackupContents, isJson: boolean, context: CommandContext): void {
  context.stdout.write(isJson ? `${JSON.stringify(contents)}\n` : `${describeBackup(contents)}\n`);
}
