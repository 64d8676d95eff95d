import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { plural, quoteWords } from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { type BisectResult, bisectOrder } from "../order/bisect.ts";
import { victimName } from "../order/victim.ts";
import { runnersFrom } from "../run/registry.ts";
import { onStopSignals } from "../stop-signals.ts";
import { printableLine } from "../view/text.ts";
import { listLimit } from "./list-limit.ts";

const usualRepetitions = 10;
const usualRuns = 500;

/** `shardwright bisect-order VICTIM`: which tests make another one fail when they run before it. */
export function registerBisectOrder(program: Command, context: CommandContext): void {
  addSettings(program.command("bisect-order <victim>"), "bisect-order")
    .description("find the test that makes another one fail when both run in one process, with the help of all workers")
    .option(
      "--order-from <run or report>",
      "where it failed: a run's id, a report.json or a JUnit file (default: the order in which tests are listed)",
    )
    .option(
      "--repetitions <n>",
      "how often it is run alone, and after all others, before it is said not to fail there",
      String(usualRepetitions),
    )
    .option("--max-runs <n>", "runs of the test at most", String(usualRuns))
    .addHelpText(
      "after",
      `
Exit codes: 0 found; 1 not found, and why is said; 2 usage; 3 it had no result; 4 stopped.

Examples:
  $ shardwright bisect-order tests/test_prices.py::test_total
  $ shardwright bisect-order test/cart.test.js --runner mocha --order-from junit.xml
  $ shardwright bisect-order tests/test_prices.py --coordinator https://shardwright.example.com --order-from r-0123456789abcdef`,
    )
    .action(async (typed: string, _options: unknown, command: Command) => {
      const configuration = await configure(command, "bisect-order", context);
      const given = command.opts<{ orderFrom?: string; repetitions: string; maxRuns: string }>();
      const name = "shardwright bisect-order";
      const options = {
        victim: typed,
        orderFrom: given.orderFrom,
        repetitions: listLimit(given.repetitions, 1000, name, { flag: "--repetitions", least: 3 }),
        runs_limit: listLimit(given.maxRuns, 100_000, name, { flag: "--max-runs", least: 10 }),
      };
      const stopping = new AbortController();
      const release = onStopSignals({ first: () => stopping.abort() });
      const { provider } = detectEnvironment(context.environment);
      const line = (text: string) => `${neutraliseCommands(provider, printableLine(text))}\n`;
      try {
        const result = await bisectOrder(
          {
            configuration,
            directory: context.directory,
            environment: context.environment,
            runners: runnersFrom(configuration.plugins),
            signal: stopping.signal,
            say: (text) => void context.stderr.write(line(text)),
          },
          options,
        );
        if (stopping.signal.aborted) return context.exit(exitCodes.cancelled);
        if (configuration.settings.json)
          context.stdout.write(`${JSON.stringify({ ...result, victim: victimName(result.victim) })}\n`);
        else for (const text of sentencesOf(result)) context.stdout.write(line(text));
        context.exit(
          result.kind === "found" ? exitCodes.passed : result.kind === "no-result" ? exitCodes.infrastructure : exitCodes.failed,
        );
      } finally {
        release();
      }
    });
}

function sentencesOf({ kind, victim, polluters, candidates, runs, rounds, alone, in_order, command }: BisectResult): string[] {
  const name = victimName(victim);
  const names = polluters.map(({ file, path = [] }) => [file, ...path].join("::"));
  const cost = `${plural(runs, "run")} of it, in ${plural(rounds, "round")}.`;
  const rate = ({ failed, of }: BisectResult["alone"]) => `${failed} of ${plural(of, "time")}`;
  switch (kind) {
    case "found":
      return [
        `${name} fails after ${names.join(" together with ")}, and passes without.`,
        `To see it: ${quoteWords(command)}`,
        `Among ${plural(candidates, "test")} before it; ${cost} Wrong at most 1 time in 1,000.`,
      ];
    case "fails-alone":
      return [`${name} fails alone, ${rate(alone)}: it does not depend on the order. ${cost}`];
    case "passes-in-order":
      return [
        `${name} did not fail after all ${candidates} tests that run before it, ${rate(in_order)}. ${cost}`,
        "Say with --order-from in which order it failed, or allow more with --repetitions.",
      ];
    case "indistinct":
      return [
        `${name} fails about as often alone (${rate(alone)}) as after the others (${rate(in_order)}): it is flaky by itself. ${cost}`,
      ];
    case "unconfirmed":
      return [
        `What was found (${names.join(", ")}) did not hold when it was run again: ${name} fails by chance. ${cost}`,
        "Allow more with --repetitions.",
      ];
    case "gave-up":
      return [
        `Not found in ${cost} It is among these ${polluters.length}: ${names.slice(0, 20).join(", ")}${names.length > 20 ? " …" : ""}`,
        "Allow more with --max-runs.",
      ];
    case "no-result":
      return [
        `${name} had no result, alone ${alone.of} times and after the others ${in_order.of} times: it did not run, or the framework named it otherwise. ${cost}`,
      ];
  }
}
