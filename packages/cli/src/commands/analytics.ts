import type { Client } from "@shardwright/client";
import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { ShardwrightError, analyticsDays, analyticsLimit, testOrders, type TestOrder } from "@shardwright/core";
import type { Command } from "commander";
import { costLines, failureLines, flakyLines, fleetLines, testLines, timeLines } from "../analytics/lines.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { openTrends } from "../trends/open-trends.ts";
import { chooseColors, type Colors } from "../view/text.ts";
import { listLimit } from "./list-limit.ts";

interface Asked {
  readonly project: string;
  readonly days: number;
  readonly limit: number;
  readonly by: TestOrder;
}

/** A question about runs, and how its answer is told. */
interface Question {
  readonly describe: string;
  /** It answers with a list. */
  readonly isList?: true;
  readonly answer: (client: Client, asked: Asked) => Promise<object>;
  readonly lines: (answer: never, colors: Colors) => string[];
  readonly nothing: string;
}

const usuallyListed = 20;
const usualDays = 30;

function question<T extends object>(one: {
  readonly describe: string;
  readonly isList?: true;
  readonly answer: (client: Client, asked: Asked) => Promise<T>;
  readonly lines: (answer: T, colors: Colors) => string[];
  readonly nothing: string;
}): Question {
  return one;
}

const noRuns = "No run of the project has ended in these days.";
const questions: Readonly<Record<string, Question>> = {
  time: question({
    describe: "where the time of runs goes, and what is saved against running all tests one after the other",
    answer: (client, { project, days }) => client.analyseTime({ project, days }),
    lines: timeLines,
    nothing: noRuns,
  }),
  tests: question({
    describe: "the files that take longest, and their slowest cases",
    isList: true,
    answer: (client, { project, days, limit, by }) => client.analyseTests({ project, days, limit, by }),
    lines: testLines,
    nothing: noRuns,
  }),
  fleet: question({
    describe: "how much of what the fleet offers is used",
    answer: (client, { project, days }) => client.analyseFleet({ project, days }),
    lines: fleetLines,
    nothing: "No worker was there in these days.",
  }),
  cost: question({
    describe: "what the tests and the fleet cost, by the prices that are set",
    answer: (client, { project, days }) => client.analyseCost({ project, days }),
    lines: costLines,
    nothing:
      "No prices are set. Set them for all coordinators, for an hour of a worker: shardwright cluster config set worker-prices 'gpu=1.80,*=0.12'",
  }),
  flaky: question({
    describe: "files that passed only when they were tried again, the most frequent first",
    isList: true,
    answer: (client, { project, days, limit }) => client.analyseFlaky({ project, days, limit }),
    lines: flakyLines,
    nothing: "No file of the project passed only when it was tried again.",
  }),
  failures: question({
    describe: "ways in which tests fail, over the weeks; those that most runs showed first",
    isList: true,
    answer: (client, { project, days, limit }) => client.analyseFailures({ project, days, limit }),
    lines: failureLines,
    nothing: "No test of the project has failed in these days.",
  }),
};

/** `shardwright analytics`: what many runs have in common. */
export function registerAnalytics(program: Command, context: CommandContext): void {
  const analytics = program.command("analytics").description("where time and money go, over many runs");
  for (const [name, asks] of Object.entries(questions)) {
    const command = addSettings(analytics.command(name), "trends")
      .description(asks.describe)
      .option("--days <n>", `how many days are looked at, today among them, at most ${analyticsDays}`, String(usualDays));
    if (asks.isList === true) command.option("--limit <n>", "how many are listed", String(usuallyListed));
    if (name === "tests") command.option("--by <order>", `what they are ordered by: ${testOrders.join(", ")}`, "total");
    command
      .addHelpText("after", `\nExample:\n  $ shardwright analytics ${name} --project shop --days 90`)
      .action((_options: unknown, given: Command) => ask(name, asks, given, context));
  }
}

async function ask(name: string, { answer, lines, nothing }: Question, command: Command, context: CommandContext): Promise<void> {
  const options = command.opts<{ days: string; limit?: string; by?: string }>();
  const typed = `shardwright analytics ${name}`;
  const days = listLimit(options.days, analyticsDays, typed, { flag: "--days", least: 1 });
  const limit = listLimit(options.limit ?? String(usuallyListed), analyticsLimit, typed);
  const by = testOrders.find((order) => order === (options.by ?? "total"));
  if (by === undefined)
    throw new ShardwrightError("usage", {
      problem: `There is no order ${options.by}.`,
      remedy: `Use one of ${testOrders.join(", ")}.`,
    });
  const configuration = await configure(command, "trends", context);
  const { project, json } = configuration.settings;
  await using open = await openTrends(configuration, context.directory, false);
  const answered = await answer(open.client, { project, days, limit, by });
  if (json) return void context.stdout.write(`${JSON.stringify(answered)}\n`);
  const { provider } = detectEnvironment(context.environment);
  const told = lines(answered as never, chooseColors(context.stdout.isTTY, context.environment));
  for (const line of told) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
  if (told.length === 0) context.stderr.write(`${nothing}\n`);
}
