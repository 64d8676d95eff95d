import {
  type TuningInfo,
  type TuningList,
  type TuningParameter,
  ShardwrightError,
  formatInstant,
  plural,
} from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { connect } from "./connect.ts";

/** `shardwright tuning show|pin|reset`: what the coordinator tunes by itself. */
export function registerTuning(program: Command, context: CommandContext): void {
  const tuning = program
    .command("tuning")
    .description("what the coordinator tunes by itself (needs the admin token)")
    .addHelpText(
      "after",
      "\nWhether it does is a setting of the whole cluster:\n  $ shardwright cluster config set self-tuning on   # or advise, or off",
    );

  addSettings(tuning.command("show"), "cluster")
    .description(
      "each parameter: its value and bounds, whether it is pinned, and what happened to it last, why, and whether it helped",
    )
    .action(async (_options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      const list = await client.getTuning();
      await client.close();
      context.stdout.write(settings.json ? `${JSON.stringify(list)}\n` : `${describeTuning(list)}\n`);
    });

  addSettings(tuning.command("pin <parameter> [value]"), "cluster")
    .description("hold a parameter to a value, or to the one that it has now")
    .addHelpText("after", "\nExamples:\n  $ shardwright tuning pin batch-length 4\n  $ shardwright tuning pin concurrency")
    .action(async (parameter: string, value: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      // What is no number, or no parameter, is for the coordinator to refuse by name.
      await client.tune({
        action: "pin",
        parameter: parameter as TuningParameter,
        ...(value !== undefined && { value: numberFrom(value) }),
      });
      await client.close();
      context.stderr.write(`${parameter} is pinned.\n`);
    });

  addSettings(tuning.command("reset [parameter]"), "cluster")
    .description("let a parameter, or all of them, begin anew at the default, free to be tuned")
    .action(async (parameter: string | undefined, _options: unknown, command: Command) => {
      const { settings } = await configure(command, "cluster", context);
      const client = connect(settings);
      await client.tune({ action: "reset", ...(parameter !== undefined && { parameter: parameter as TuningParameter }) });
      await client.close();
      context.stderr.write(`${parameter ?? "Every parameter"} begins anew at its default.\n`);
    });
}

function numberFrom(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new ShardwrightError("usage", {
    problem: `${text} is no number.`,
    remedy: "Give seconds, or a share such as 0.5; shardwright tuning show has the bounds.",
  });
}

/** A few lines for each parameter, for people. */
export function describeTuning({ mode, parameters }: TuningList): string {
  const modes = {
    off: "Self-tuning is off: parameters are as the coordinator was started, or as they are pinned.",
    advise: "Self-tuning only advises: parameters are as the coordinator was started, or as they are pinned.",
    on: "Self-tuning is on.",
  };
  return [modes[mode], ...parameters.map(describeParameter)].join("\n\n");
}

function describeParameter(info: TuningInfo): string {
  const { parameter, describe, value, default: usual, low, high, pinned, pause_blocks, trial, last } = info;
  const show = (one: number) => shown(one, info.unit);
  const standing = pinned ? "pinned" : value === usual ? "default" : `default ${show(usual)}`;
  return [
    `${parameter}  ${show(value)} (${standing}; from ${show(low)} to ${show(high)})`,
    `  ${describe}`,
    ...(trial === undefined
      ? []
      : [`  on trial: ${show(trial.to)} beside ${show(trial.from)}, ${plural(trial.pairs, "pair")} of blocks compared so far`]),
    ...(pause_blocks > 0 ? [`  not tried again for ${plural(pause_blocks, "block")} of work`] : []),
    ...(last === undefined ? [] : [`  ${describeLast(last, show)}`]),
  ].join("\n");
}

function describeLast(
  { phase, from, to, reason, evidence, at_ms }: NonNullable<TuningInfo["last"]>,
  show: (value: number) => string,
): string {
  const said = {
    advised: `would try ${show(to)} in place of ${show(from)}`,
    trying: `began to try ${show(to)} in place of ${show(from)}`,
    kept: `kept ${show(to)} in place of ${show(from)}`,
    "rolled-back": `went back from ${show(from)} to ${show(to)}`,
    abandoned: `gave up trying ${show(from)}, and is back at ${show(to)}`,
    pinned: `went from ${show(from)} to ${show(to)}`,
    reset: `went from ${show(from)} to ${show(to)}`,
  }[phase];
  const by = evidence === undefined ? "" : `; ${plural(evidence.pairs, "pair")} of blocks, ${plural(evidence.tasks, "test")}`;
  return `${formatInstant(at_ms)}: ${said}: ${reason}${by}`;
}

function shown(value: number, unit: TuningInfo["unit"]): string {
  const rounded = Math.round((unit === "s" ? value : 100 * value) * 1000) / 1000;
  return unit === "s" ? `${rounded} s` : `${rounded} %`;
}
