import { splitWords } from "../command/split-command.ts";
import { readScripts } from "../node-test/manifest-script.ts";
import { assignmentsIn, commandsOf } from "../node-test/node-line.ts";

/** What a script's call of jest asks for. */
export interface JestScript {
  readonly name: string;
  /** Options of node before jest's own path: `node --experimental-vm-modules node_modules/jest/bin/jest.js`. */
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The scripts of a folder's package.json that call jest. */
export async function jestScripts(folder: string): Promise<JestScript[]> {
  const scripts = await readScripts(folder);
  return scripts.flatMap(([name, script]) => {
    const call = findJest(script);
    return call === undefined ? [] : [{ name, ...call }];
  });
}

/** The script whose arguments hold: `test`, or the only one there is. Of several others none is more right than the next. */
export function decisiveScript(scripts: readonly JestScript[]): JestScript | undefined {
  return scripts.find(({ name }) => name === "test") ?? (scripts.length === 1 ? scripts[0] : undefined);
}

const jestProgram = /(?:^|[\\/])jest(?:\.js|\.cmd)?$/;
const nodeProgram = /(?:^|[\\/])node(?:\.exe)?$/;
/** What may stand before the name of the program that a command calls: who calls it for us, their options, variables. */
const launcher = /^(?:npx|pnpx|bunx|npm|pnpm|yarn|exec|dlx|run|cross-env|env|dotenv|env-cmd|node|nyc|c8|-.*|\w+=.*)$/s;
/** Would wait for a person, or run twice. */
const interactive = /^--(?:inspect(?:-.+)?|watch(?:-.+)?)(?:=|$)/;

function findJest(script: string): Omit<JestScript, "name"> | undefined {
  if (!/\bjest\b/.test(script)) return undefined;
  let words: string[];
  try {
    words = splitWords(script);
  } catch {
    // What a shell could not split calls nothing.
    return undefined;
  }
  for (const command of commandsOf(words)) {
    const jest = command.findIndex((word, index) => jestProgram.test(word) && isCalled(word, command.slice(0, index)));
    if (jest === -1) continue;
    const before = command.slice(0, jest);
    const node = before.findIndex((word) => nodeProgram.test(word));
    const nodeArgs =
      node === -1 ? [] : before.slice(node + 1).filter((word) => !interactive.test(word) && !word.startsWith("$("));
    return { nodeArgs, args: command.slice(jest + 1), environment: assignmentsIn(before) };
  }
  return undefined;
}

/** A bare `jest` may as well be an argument of another program: `eslint --plugin jest`. */
function isCalled(word: string, before: readonly string[]): boolean {
  return /[\\/]/.test(word) || before.at(-1) === "--" || before.every((one) => launcher.test(one));
}

/** Puts the variables that a text of a script names in their place, as a shell would. */
export function expandVariables(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:\{(\w+)\}|([A-Za-z_]\w*)|@)/g,
    (_match, braced?: string, bare?: string) => environment[braced ?? bare ?? ""] ?? "",
  );
}
