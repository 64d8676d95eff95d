import { publicationOf } from "@shardwright/ci";
import { type TrendAlert, reasonOf, reportFromCases } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import { chooseProvider, openSession } from "../publish/session.ts";
import { printableLine } from "../view/text.ts";
import { alertLines } from "./alert-lines.ts";
import type { CheckResult } from "./check-alerts.ts";

const commentLimit_ms = 60_000;
/** Of the comment: one for trends, beside that of a run. */
const name = "Shardwright trends";
const alertsShown = 20;

/** Keeps a comment of the job's pull or merge request up to date. What goes wrong with it is said, and changes nothing of the check. */
export async function commentOnCheck(
  result: CheckResult & { readonly alerts: readonly TrendAlert[] },
  context: CommandContext,
): Promise<void> {
  const { environment, stderr } = context;
  const say = (text: string) => stderr.write(`${text}\n`);
  const provider = chooseProvider(undefined, environment);
  const channel = provider.channels?.find((each) => each.name === "comment");
  if (channel === undefined) return void say(`${provider.name} takes no comments: nothing was written.`);
  const session = openSession({
    environment,
    name,
    write: (text) => context.stdout.write(text),
    signal: AbortSignal.timeout(commentLimit_ms),
  });
  const missing = channel.unavailable(session);
  if (missing !== undefined) return void say(`The ${channel.title} was not written: ${missing}.`);
  const report = reportFromCases({ name, files: [], context: provider.describe(environment).context });
  try {
    const note = await channel.publish({ ...publicationOf(report), markdown: () => markdownOf(result) }, session, []);
    if (note !== undefined) say(`${channel.title}: ${printableLine(note)}`);
  } catch (error) {
    say(`The ${channel.title} could not be written: ${printableLine(reasonOf(error))}.`);
  }
}

/** Alerts as text that no Markdown is read in: 20 of them with six lines each stay far below what a comment takes. */
export function markdownOf({ sentence, alerts }: { readonly sentence: string; readonly alerts: readonly TrendAlert[] }): string {
  const shown = alerts.slice(0, alertsShown).flatMap(alertLines);
  const more = alerts.length > alertsShown ? [`and ${alerts.length - alertsShown} more`] : [];
  const block = [...shown, ...more].map((line) => `    ${line.slice(0, 400)}`);
  return ["### Performance trends", "", `    ${sentence.slice(0, 400)}`, ...(block.length === 0 ? [] : ["", ...block]), ""].join(
    "\n",
  );
}
