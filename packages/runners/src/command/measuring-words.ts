/** A tool that measures what a command covers, as a script calls it in front of that command. */
export interface MeasuringTool {
  readonly name: "c8" | "nyc";
  readonly args: readonly string[];
}

const toolProgram = /^(?:.*[/\\])?(c8|nyc)(?:@[^/\\]*)?(?:\.js|\.cmd)?$/;
/** What may stand in front of it and still call it. */
const before =
  /^(?:-.*|\w+=.*|(?:.*[/\\])?node(?:\.exe)?|cross-env(?:-shell)?|env|dotenv|env-cmd|time|npx|pnpx|bunx|npm|pnpm|yarn|bun|exec|x|dlx|run)$/s;
/** What begins the command that is measured: its arguments may be anything else, and what follows an option may be its value. */
const program =
  /^(?:--|(?:.*[/\\])?(?:node|tsx|_?mocha|jest|vitest)(?:\.[cm]?js|\.cmd|\.exe)?|c8|nyc|cross-env(?:-shell)?|env|dotenv|env-cmd|time|npx|pnpx|bunx|npm|pnpm|yarn|bun|run-[sp]|npm-run-all2?|lerna|turbo|nx|rush|wsrun|ultra)$/;

export function toolNamed(word = ""): MeasuringTool["name"] | undefined {
  return toolProgram.exec(word)?.[1] as MeasuringTool["name"] | undefined;
}

/**
 * The tool that a command begins with, if it does.
 * @returns with it, how many words are before those of the command that it measures
 */
export function measuringWords(command: readonly string[]): { readonly tool: MeasuringTool; readonly end: number } | undefined {
  const at = command.findIndex((word) => toolProgram.test(word));
  const name = toolNamed(command[at]);
  if (name === undefined || !command.slice(0, at).every((word) => before.test(word))) return undefined;
  const end = command.findIndex((word, index) => index > at && (program.test(word) || !isOption(word, command[index - 1])));
  // What is none of these may have a meaning of its own for the words behind it.
  if (end === -1 || !program.test(command[end] ?? "")) return undefined;
  return { tool: { name, args: command.slice(at + 1, end) }, end };
}

/** An option, or the value of the one before it. */
function isOption(word: string, before = ""): boolean {
  return word.startsWith("-") || (before.startsWith("-") && !before.includes("="));
}
