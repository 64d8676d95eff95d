import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { accountSentence, finalAttempt, ShardwrightError, type ReportTask, type RunSummary } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { admissionSentence } from "../run/submission.ts";
import { chooseColors, duration, printableLine } from "../view/text.ts";
import { showLog } from "../view/log.ts";
import { registerCompare } from "./compare.ts";
import { connect } from "./connect.ts";
import { listLimit } from "./list-limit.ts";
import { registerFailures } from "./failures.ts";
import { registerTimeline } from "./timeline.ts";

const usuallyListed = 20;
const mostListed = 500;

/** `shardwright runs`, `runs show ID`, `runs log ID FILE`, `runs compare A B`, `runs failures`, `runs timeline ID`, `runs cancel ID`. */
export function registerRuns(program: Command, context: CommandContext): void {
  const runs = program.command("runs").description("list, show and cancel the coordinator's runs");

  addSettings(runs.command("list", { isDefault: true }), "runs")
    .description("the newest runs")
    .option("--limit <n>", "how many", String(usuallyListed))
    .addHelpText("after", "\nExample:\n  $ shardwright runs --project shop --json | jq '.runs[0].verdict'")
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const limit = listLimit(command.opts<{ limit: string }>().limit, mostListed, "shardwright runs list");
      const client = connect(settings);
      const list = await client.listRuns({ project: settings.project, limit });
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(list)}\n`);
      for (const run of list.runs) context.stdout.write(`${line(run, context)}\n`);
      if (list.runs.length === 0) context.stderr.write(`No runs in the project ${settings.project} yet.\n`);
    });

  addSettings(runs.command("show <id>"), "runs")
    .description("one run: where it stands, its account")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const client = connect(settings);
      const run = await client.getRun(id);
      await client.close();
      if (settings.json) return void context.stdout.write(`${JSON.stringify(run)}\n`);
      context.stdout.write(`${line(run, context)}\n  ${accountSentence(run.account)}\n  ${run.cases} cases\n`);
      const wait = admissionSentence(run);
      if (wait !== undefined) context.stdout.write(`  ${wait}\n`);
      if (run.reason) context.stdout.write(`  ${printableLine(run.reason)}\n`);
    });

  addSettings(runs.command("log <id> <file>"), "runs")
    .description("what a test file prints: as it prints it while it runs, and its stored log once it is over")
    .option("--attempt <n>", "which attempt (default: the latest)")
    .option("--part <n>", "which part of a file that is dealt out in parts (default: one that runs or went wrong)")
    .addHelpText("after", "\nExample:\n  $ shardwright runs log r-0123456789abcdef tests/slow.test.ts")
    .action(async (id: string, file: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const given = command.opts<{ attempt?: string; part?: string }>();
      const attempt = numberFrom1("--attempt", given.attempt);
      const part = numberFrom1("--part", given.part);
      const client = connect(settings);
      try {
        const { tasks } = await client.getReport(id);
        const task = tasks.find((one) => one.file === file || one.key === file);
        const shown = task === undefined ? undefined : (part ?? partWorthALook(task));
        const place = task?.places?.[(shown ?? 1) - 1];
        if (place === undefined)
          throw new ShardwrightError("not-found", {
            what: task === undefined ? `test file ${file} in ${id}` : `part ${part} of ${file} in ${id}`,
          });
        if (task?.parts !== undefined && part === undefined)
          context.stderr.write(`${printableLine(file)} is in ${task.parts} parts; this is part ${shown}. Choose with --part.\n`);
        await showLog(client.taskOutput(id, place, { attempt }), settings.json, context);
      } finally {
        await client.close();
      }
    });

  registerCompare(runs, context);
  registerFailures(runs, context);
  registerTimeline(runs, context);

  addSettings(runs.command("cancel <id>"), "runs")
    .description("cancel a run: what runs is stopped, what waits is not started")
    .option("--reason <text>", "why, for the report", "cancelled by a user")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "runs", context);
      const client = connect(settings);
      await client.cancelRun(id, command.opts<{ reason: string }>().reason);
      const run = await client.getRun(id);
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(run)}\n` : `${line(run, context)}\n`);
    });
}

function numberFrom1(flag: string, given: string | undefined): number | undefined {
  const value = given === undefined ? undefined : Number(given);
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return value;
  throw new ShardwrightError("usage", {
    problem: `${flag} is a whole number from 1, not ${given}.`,
    remedy: "See `shardwright runs log --help`.",
  });
}

/** From 1: the part that runs, else the one that says how the file ended. */
function partWorthALook(task: ReportTask): number {
  const running = task.attempts.find(({ status }) => status === "running");
  return ((running ?? finalAttempt(task))?.part ?? 0) + 1;
}

function line(run: RunSummary, context: CommandContext): string {
  const colors = chooseColors(context.stdout.isTTY, context.environment);
  const state = run.verdict ?? run.status;
  const paint = state === "passed" ? colors.green : state === "running" ? colors.cyan : colors.red;
  const took = run.ended_at_ms === undefined ? "" : `  ${duration(run.ended_at_ms - run.submitted_at_ms)}`;
  const time = new Date(run.submitted_at_ms).toISOString().slice(0, 16).replace("T", " ");
  return neutraliseCommands(
    detectEnvironment(context.environment).provider,
    `${run.id}  ${time}  ${paint(state.padEnd(10))}  ${printableLine(run.run_key)}${colors.dim(took)}`,
  );
}
