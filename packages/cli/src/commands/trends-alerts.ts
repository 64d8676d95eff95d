import { userInfo } from "node:os";
import type { Client } from "@shardwright/client";
import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import {
  type AlertFilter,
  type AlertRequest,
  ShardwrightError,
  type TrendAlert,
  alertIdSchema,
  alertStates,
} from "@shardwright/core";
import type { Command } from "commander";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { alertAndHistoryLines, alertLines } from "../trends/alert-lines.ts";
import { openTrends } from "../trends/open-trends.ts";
import { withHistories } from "../trends/range-history.ts";

/** So many are read for one list. */
const listLimit = 2000;
const states = [...alertStates, "watched"] as const;

/** `shardwright trends alerts`: what has changed, and what somebody says of it. */
export function registerTrendAlerts(trends: Command, context: CommandContext): void {
  const alerts = trends.command("alerts").description("changes that somebody may have to look at");
  const print = (lines: readonly string[]) => {
    const { provider } = detectEnvironment(context.environment);
    for (const line of lines) context.stdout.write(`${neutraliseCommands(provider, line)}\n`);
  };

  addSettings(alerts.command("list", { isDefault: true }), "trends")
    .description("alerts, newest first, with the worst series of each")
    .option("--state <state>", `${states.join(", ")}, or all`, "watched")
    .option("--commit <sha>", "only those that may come from this commit")
    .addHelpText("after", "\nExample:\n  $ shardwright trends alerts --state open")
    .action(async ({ state, commit }: { readonly state: string; readonly commit?: string }, command: Command) => {
      if (state !== "all" && !isState(state))
        throw refusal(`There is no state ${state}.`, `Use one of ${states.join(", ")}, all.`);
      const configuration = await configure(command, "trends", context);
      const { project, json } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      const found: TrendAlert[] = [];
      for await (const alert of alertsOf(open.client, { project, state: state === "all" ? undefined : state, commit }))
        found.push(alert);
      for (const alert of await withHistories(found, context.directory))
        print(json ? [JSON.stringify(alert)] : alertAndHistoryLines(alert));
      if (found.length === 0) context.stderr.write(`There are no such alerts in the project ${project}.\n`);
    });

  addSettings(alerts.command("show").argument("<alert>", "its id"), "trends")
    .description("one alert with all its series")
    .action(async (id: string, _options: unknown, command: Command) => {
      const configuration = await configure(command, "trends", context);
      const { project, json } = configuration.settings;
      await using open = await openTrends(configuration, context.directory, false);
      const found = await open.client.getAlert(alertOf(id), { project });
      for (const alert of await withHistories([found], context.directory))
        print(json ? [JSON.stringify(alert)] : alertAndHistoryLines(alert));
    });

  const judging: readonly (readonly [name: string, state: AlertRequest["state"], describe: string])[] = [
    ["acknowledge", "acknowledged", "say that somebody looks after an alert: it no longer fails `trends check`"],
    ["invalidate", "invalid", "say that an alert is none"],
    ["reopen", "open", "open an alert again"],
  ];
  for (const [name, state, describe] of judging)
    addSettings(alerts.command(name).argument("<alert>", "its id"), "trends")
      .description(describe)
      .option("--note <text>", "why, for whoever looks at it next")
      .option("--by <name>", "who says so (default: you)")
      .action(async (id: string, { note, by }: { readonly note?: string; readonly by?: string }, command: Command) => {
        const configuration = await configure(command, "trends", context);
        const { project, json } = configuration.settings;
        await using open = await openTrends(configuration, context.directory, false);
        const request = { project, state, by: by ?? nameOf(context), ...(note !== undefined && { note }) };
        const alert = await open.client.setAlert(alertOf(id), request);
        print(json ? [JSON.stringify(alert)] : alertLines(alert));
      });
}

/** The alerts that fit, newest first. */
export async function* alertsOf(client: Client, filter: { readonly [K in keyof AlertFilter]?: AlertFilter[K] | undefined }) {
  let left = listLimit;
  for (let before: number | undefined, isMore = true; isMore && left > 0; isMore = before !== undefined) {
    const page: Awaited<ReturnType<Client["listAlerts"]>> = await client.listAlerts({ ...filter, before, limit: 200 });
    yield* page.alerts;
    left -= page.alerts.length;
    before = page.next;
  }
}

/** Whoever started the job, else whoever runs this. */
function nameOf({ environment }: CommandContext): string {
  const name = environment["GITHUB_ACTOR"] ?? environment["GITLAB_USER_LOGIN"] ?? environment["USER"];
  return (name === undefined || name === "" ? userInfo().username : name).slice(0, 128);
}

function alertOf(id: string): string {
  const parsed = alertIdSchema.safeParse(id);
  if (parsed.success) return parsed.data;
  throw refusal(`${id} is no alert's id.`, "It looks like a-0123456789abcdef; `shardwright trends alerts` lists them.");
}

function isState(text: string): text is (typeof states)[number] {
  return (states as readonly string[]).includes(text);
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
