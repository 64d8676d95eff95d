import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import type { OutputEvent } from "@shardwright/core";
import type { CommandContext } from "../command-line.ts";
import { printable } from "./text.ts";

/** A line that does not end is shown in parts of this many characters. */
const lineLimit = 16 * 1024;

/** Prints an attempt's output as it comes, line by line: a test's text commands neither terminal nor CI. */
export async function showLog(events: AsyncIterable<OutputEvent>, asJson: boolean, context: CommandContext): Promise<void> {
  const { provider } = detectEnvironment(context.environment);
  let rest = "";
  const show = (text: string) => context.stdout.write(neutraliseCommands(provider, printable(text)));
  for await (const event of events) {
    if (asJson) context.stdout.write(`${JSON.stringify(event)}\n`);
    else if (event.type === "output") {
      const gap = event.left_out === undefined ? "" : `\n… ${event.left_out} characters before this are not shown …\n`;
      rest += gap + event.text;
      const end = rest.length > lineLimit ? rest.length : rest.lastIndexOf("\n") + 1;
      if (end > 0) show(rest.slice(0, end));
      rest = rest.slice(end);
    } else {
      if (rest !== "") show(`${rest}\n`);
      const { attempt, status } = event;
      context.stderr.write(attempt === undefined ? "It never ran.\n" : `Attempt ${attempt}: ${status ?? "over"}.\n`);
    }
  }
}
