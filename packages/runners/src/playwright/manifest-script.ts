import { withScripts } from "../command/script-options.ts";
import type { Suite } from "../runner.ts";
import { parsePlaywrightArguments } from "./command-line.ts";

export const configurationFile = /^playwright\.config\.[cm]?[jt]s$/;

const playwrightProgram = /(?:^|[\\/])playwright(?:\.cmd)?$/;
/** What waits for a person, or does something else than to run the tests. */
const interactive = /^--(?:ui.*|debug|list|last-failed|only-changed|update-snapshots)(?:=|$)|^-u$/;
/** What is not ours to take over, by how many words of value it has. */
const decidedElsewhere: ReadonlyMap<string, number> = new Map([
  ...["-j", "--workers", "--shard", "--reporter", "--max-failures", "--global-timeout", "--add-reporter", "--shuffle"].map(
    (name) => [name, 1] as const,
  ),
  ...["-x", "--headed", "--pass-with-no-tests", "--no-deps"].map((name) => [name, 0] as const),
]);

/** A suite's options with what the project's own scripts say; words that name files say nothing, which patterns are for. */
export function withScript(folder: string, options: Suite["options"]): Promise<Suite["options"]> {
  return withScripts(folder, options, {
    framework: "Playwright",
    decisive: ["config", "projects", "args"],
    configuration: configurationFile,
    read: (command) => {
      const at = command.findIndex((word, index) => word === "test" && playwrightProgram.test(command[index - 1] ?? ""));
      return at === -1 ? undefined : read(command.slice(at + 1));
    },
  });
}

/** @returns undefined for a call that is none for CI, or has words that Playwright here does not know */
function read(words: readonly string[]): Suite["options"] | undefined {
  const call: { config?: string; projects?: string[] } = {};
  const args: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (interactive.test(word)) return undefined;
    const [, name = word, joined] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const values = decidedElsewhere.get(name);
    const next = () => joined ?? words[(index += 1)] ?? "";
    if (values !== undefined) {
      if (values > 0) next();
    } else if (name === "-c" || name === "--config") call.config = next();
    else if (name === "--project") {
      // Without `=` it takes several words, and a project is called by no option's name.
      const end = words.findIndex((other, at) => at > index + 1 && other.startsWith("-"));
      const several = joined === undefined ? words.slice(index + 1, end === -1 ? undefined : end) : [joined];
      call.projects = [...(call.projects ?? []), ...several];
      if (joined === undefined) index += several.length;
    } else args.push(word);
  }
  const options = withoutFiles(args);
  if (options === undefined) return undefined;
  return { ...call, ...(options.length > 0 && { args: options }) };
}

/** The options among the words, as far as Playwright's are known. */
function withoutFiles(words: readonly string[]): string[] | undefined {
  for (let left = [...words]; ; left = left.slice(0, -1)) {
    try {
      parsePlaywrightArguments(left);
      return left;
    } catch {
      // Files come at the end; what stands before an option that is not known cannot be told from its value.
      if (left.length === 0 || left.at(-1)?.startsWith("-") === true) return undefined;
    }
  }
}
