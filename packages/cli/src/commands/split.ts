import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { reasonOf, ShardwrightError, splitByDuration, timingsSchema, type Timings } from "@shardwright/core";
import type { Command } from "commander";
import type { Configuration } from "../config/resolve.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { discover } from "../run/discover.ts";
import { runnersFrom } from "../run/registry.ts";
import { chooseSuites } from "../run/suites.ts";
import { connect } from "./connect.ts";

/** What a file is taken to last when nothing at all is known. */
const unknown_ms = 1000;

/** `shardwright split`: this job's share of the test files, without asking the other jobs. */
export function registerSplit(program: Command, context: CommandContext): void {
  addSettings(program.command("split"), "split")
    .description("print one share of the test files, split by their last known durations, the same on every machine")
    .addHelpText(
      "after",
      `
All shares together are always all the files. With --coordinator the durations come from there.

Examples:
  $ npx vitest run $(shardwright split --index 0 --total 4)
  $ shardwright split --total 4 --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "split", context);
      const { index, total } = sharesFrom(configuration, context);
      const runners = runnersFrom(configuration.plugins);
      const environment = Object.fromEntries(
        Object.entries(context.environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const suites = await chooseSuites(configuration, context.directory, runners);
      const { tasks } = await discover({ workspace: configuration.root, suites, runners, requirements: {}, environment });
      if (tasks.length === 0 && !configuration.settings.allowEmpty) throw new ShardwrightError("empty-manifest");
      const { durations_ms } = await timingsFor(configuration, context);
      const known = Object.values(durations_ms).sort((a, b) => a - b);
      const usual_ms = known[Math.floor(known.length / 2)] ?? unknown_ms;
      const shares = splitByDuration(
        tasks.map((task) => ({ key: task.key, expected_ms: durations_ms[task.key] ?? usual_ms })),
        total,
      );
      const files = new Map(tasks.map((task) => [task.key, task.file]));
      const lists = shares.map((share) => share.map((key) => files.get(key) ?? key));
      if (configuration.settings.json)
        context.stdout.write(`${JSON.stringify(index === undefined ? { shares: lists } : { files: lists[index] })}\n`);
      else context.stdout.write((lists[index ?? 0] ?? []).map((file) => `${file}\n`).join(""));
    });
}

function sharesFrom({ settings }: Configuration, { environment }: CommandContext): { index: number | undefined; total: number } {
  const total = settings.total ?? numberFrom(environment.CI_NODE_TOTAL);
  const nodeIndex = numberFrom(environment.CI_NODE_INDEX);
  const index = settings.index ?? (nodeIndex === undefined ? undefined : nodeIndex - 1);
  if (total === undefined)
    throw new ShardwrightError("usage", {
      problem: "The number of shares is not known.",
      remedy: "Pass --total N, or set CI_NODE_TOTAL.",
    });
  if (index === undefined && !settings.json)
    throw new ShardwrightError("usage", {
      problem: "Which share to print is not known.",
      remedy: "Pass --index I, from 0, or --json for all.",
    });
  if (index !== undefined && (index < 0 || index >= total))
    throw new ShardwrightError("usage", {
      problem: `There is no share ${index} of ${total}.`,
      remedy: `--index runs from 0 to ${total - 1}.`,
    });
  return { index, total };
}

function numberFrom(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) ? value : undefined;
}

async function timingsFor({ settings, root }: Configuration, context: CommandContext): Promise<Pick<Timings, "durations_ms">> {
  if (settings.coordinator !== undefined) {
    const client = connect(settings);
    try {
      return await client.getTimings({ project: settings.project });
    } finally {
      await client.close();
    }
  }
  const path =
    settings.timings === undefined ? join(root, ".shardwright", "timings.json") : resolve(context.directory, settings.timings);
  if (settings.timings === undefined && !existsSync(path)) return { durations_ms: {} };
  let timings: Timings;
  try {
    timings = timingsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new ShardwrightError("report-unreadable", { path, format: "timings", reason: reasonOf(error) }, { cause: error });
  }
  if (timings.project !== settings.project)
    throw new ShardwrightError("usage", {
      problem: `${path} holds the durations of the project ${timings.project}, not of ${settings.project}.`,
      remedy: "Give the project's own file with --timings, or name the project with --project.",
    });
  return timings;
}
