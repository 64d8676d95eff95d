import { splitWords } from "../command/split-command.ts";
import { readScripts } from "../node-test/manifest-script.ts";
import { assignmentsIn, commandsOf, parseNodeLine } from "../node-test/node-line.ts";
import type { MochaInvocation } from "./options.ts";

/** Mocha's own program: by its name, or where packages are installed. */
const mochaProgram = /^(?:_?mocha(?:\.cmd)?|(?:.*[/\\])?node_modules[/\\](?:\.bin|mocha[/\\]bin)[/\\]_?mocha(?:\.c?js|\.cmd)?)$/;
const nodeProgram = /^(?:.*[/\\])?node(?:\.exe)?$/;

/** What may stand in front of mocha and still call it. `npm run mocha` calls a script. */
const launchers =
  /^(?:cross-env(?:-shell)?|env|dotenv|env-cmd|npm|npx|pnpm|pnpx|yarn|bunx|exec|x|dlx|nyc|c8|time|--|(?:.*[/\\])?node(?:\.exe)?)$/;

/** What no run in CI wants: to go on for ever, or to wait for a debugger. */
const interactive = /^(?:-w|--watch|--inspect.*|inspect)$/;

/** The script of a folder's package.json that calls mocha: `test` before others that begin so, before all others. */
export async function readMochaScript(folder: string): Promise<(MochaInvocation & { readonly name: string }) | undefined> {
  const scripts = await readScripts(folder);
  const rank = (name: string) => (name === "test" ? 0 : name.startsWith("test") ? 1 : 2);
  for (const [name, script] of [...scripts].sort(([left], [right]) => rank(left) - rank(right))) {
    const found = findMocha(script);
    if (found !== undefined) return { ...found, name };
  }
  return undefined;
}

/** The first command of a script that calls mocha, if one does. */
export function findMocha(script: string): MochaInvocation | undefined {
  if (!script.includes("mocha")) return undefined;
  let words: string[];
  try {
    words = splitWords(script);
  } catch {
    // What a shell could not split calls nothing.
    return undefined;
  }
  for (const command of commandsOf(words)) {
    const index = command.findIndex((word) => mochaProgram.test(word));
    const before = command.slice(0, index);
    const args = command.slice(index + 1);
    if (index === -1 || !isLaunch(before) || args.some((word) => interactive.test(word))) continue;
    const node = before.findIndex((word) => nodeProgram.test(word));
    const nodeArgs = node === -1 ? [] : parseNodeLine(before.slice(node + 1)).args;
    return { nodeArgs, args, environment: assignmentsIn(before) };
  }
  return undefined;
}

function isLaunch(words: readonly string[]): boolean {
  return words.every((word, index) => {
    if (word === "run" || word === "run-script") return false;
    const isAssignment = /^[A-Za-z_]\w*=/.test(word);
    // An option, or the value of the one before it.
    const isOption = word.startsWith("-") || words[index - 1]?.startsWith("-") === true;
    return isAssignment || isOption || launchers.test(word);
  });
}
