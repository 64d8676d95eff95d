import { ShardwrightError, type Timings } from "@shardwright/core";
import type { Command } from "commander";
import type { Configuration } from "../config/resolve.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { discover, listingEnvironment, requireTests } from "../run/discover.ts";
import { jobCount, jobIndex, matrixJob } from "../run/matrix-job.ts";
import { runnersFrom } from "../run/registry.ts";
import { planOf, readTimings, sharesOf } from "../run/share.ts";
import { chooseSuites } from "../run/suites.ts";
import { connect } from "./connect.ts";

/** `shardwright split`: this job's share of the test files, without asking the other jobs. */
export function registerSplit(program: Command, context: CommandContext): void {
  addSettings(program.command("split"), "split")
    .description("print one share of the test files, split by their last known durations")
    .addHelpText(
      "after",
      `
The shares together are all the files only where every job sees the same files and the same durations: give all jobs one timings file,
or split once, with --json, and hand each job its share. What a --coordinator knows changes while jobs start. The field split of --json
stands for files and durations: it must be the same in all jobs.

Examples:
  $ npx vitest run $(shardwright split --index 0 --total 4)
  $ shardwright split --total 4 --json`,
    )
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "split", context);
      const { index, total } = sharesFrom(configuration, context);
      const runners = runnersFrom(configuration.plugins);
      const environment = listingEnvironment(context.environment);
      const suites = await chooseSuites(configuration, context.directory, runners);
      const manifest = await discover({ workspace: configuration.root, suites, runners, requirements: {}, environment });
      requireTests(manifest, configuration);
      const { tasks } = manifest;
      const shares = sharesOf(manifest, await timingsFor(configuration, context), total);
      const files = new Map(tasks.map((task) => [task.key, task.file]));
      const lists = shares.map((share) => share.map((key) => files.get(key) ?? key));
      if (configuration.settings.json)
        context.stdout.write(
          `${JSON.stringify({ split: planOf(manifest, shares), ...(index === undefined ? { shares: lists } : { files: lists[index] }) })}\n`,
        );
      else context.stdout.write((lists[index ?? 0] ?? []).map((file) => `${file}\n`).join(""));
    });
}

function sharesFrom({ settings }: Configuration, { environment }: CommandContext): { index: number | undefined; total: number } {
  const total = jobCount(settings, environment);
  // With --json all shares may be asked for at once.
  const isForAll = settings.json && jobIndex(settings, environment) === undefined;
  if (isForAll && total !== undefined) return { index: undefined, total };
  const job = matrixJob(settings, environment) ?? (total === 1 ? { index: 0, total } : undefined);
  if (job !== undefined) return job;
  throw new ShardwrightError("usage", {
    problem: "The number of shares is not known.",
    remedy: "Pass --total N and --index I, or set CI_NODE_TOTAL and CI_NODE_INDEX.",
  });
}

async function timingsFor(configuration: Configuration, context: CommandContext): Promise<Pick<Timings, "durations_ms">> {
  const { settings } = configuration;
  if (settings.coordinator === undefined) return readTimings(configuration, context.directory);
  const client = connect(settings);
  try {
    return await client.getTimings({ project: settings.project });
  } finally {
    await client.close();
  }
}
