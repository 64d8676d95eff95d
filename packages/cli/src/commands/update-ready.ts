import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "@shardwright/client";
import { ShardwrightError, type UpdateReadiness } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { connect } from "./connect.ts";
import { memberLines } from "./member-lines.ts";

const askAgain_ms = 500;
const longestWait_s = 86_400;

/** `shardwright cluster update-ready`: exits with 0 when a coordinator may be stopped, with 1 when none may. */
export function registerUpdateReady(cluster: Command, context: CommandContext): void {
  addSettings(cluster.command("update-ready"), "cluster")
    .description("whether one coordinator may be stopped now, to be updated: exits with 0 if so, with 1 if not")
    .option("--wait <seconds>", "ask until it is so, for so long at most")
    .addHelpText("after", "\nExample:\n  $ shardwright cluster update-ready --wait 60 && systemctl restart shardwright")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const wait_s = readWait(command.opts<{ wait?: string }>().wait);
      const client = connect(settings);
      try {
        const answer = await ask(client, performance.now() + wait_s * 1000);
        context.stdout.write(settings.json ? `${JSON.stringify(answer)}\n` : `${describeReadiness(answer)}\n`);
        if (!answer.ready) context.exit(exitCodes.failed);
      } finally {
        await client.close();
      }
    });
}

/** A few lines for people. */
export function describeReadiness({ ready, reasons, facts, leader, commit, members }: UpdateReadiness): string {
  const verdict = ready ? "Ready: one coordinator may be stopped now." : `Not ready: ${reasons.join("; ")}.`;
  const newer = members.flatMap((member) => member.facts ?? []).some((known) => known > facts);
  const agreed = `The cluster writes facts ${facts}${newer ? " until all its members know newer ones" : ""}.`;
  return [verdict, ...memberLines(members, { id: leader, isLeader: true, commit, leader }), agreed].join("\n");
}

async function ask(client: Client, until_ms: number): Promise<UpdateReadiness> {
  for (;;) {
    try {
      const answer = await client.updateReadiness({ retry: false });
      if (answer.ready || performance.now() >= until_ms) return answer;
    } catch (error) {
      if (!(error instanceof ShardwrightError) || !error.retryable || performance.now() >= until_ms) throw error;
    }
    await pause(Math.max(0, Math.min(askAgain_ms, until_ms - performance.now())));
  }
}

function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const wait_s = Number(text);
  if (text.trim() !== "" && wait_s >= 0 && wait_s <= longestWait_s) return wait_s;
  throw new ShardwrightError("usage", {
    problem: `--wait is a number of seconds from 0 to ${longestWait_s}, not ${text}.`,
    remedy: "See `shardwright cluster update-ready --help`.",
  });
}
