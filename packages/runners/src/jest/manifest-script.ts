import { onlyCall } from "../command/one-call.ts";
import { assignmentsIn, callsIn, readScripts } from "../command/scripts.ts";

/** What a call of jest asks for. */
interface JestCall {
  /** Options of node before jest's own path: `node --experimental-vm-modules node_modules/jest/bin/jest.js`. */
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A script that calls jest, by itself or by way of others. */
export interface JestScript {
  readonly name: string;
  readonly calls: readonly JestCall[];
}

/** The scripts of a folder's package.json that call jest. */
export async function jestScripts(folder: string): Promise<JestScript[]> {
  const scripts = new Map(await readScripts(folder));
  return [...scripts.keys()].flatMap((name) => {
    const calls = callsIn(name, scripts, jestIn);
    return calls.length === 0 ? [] : [{ name, calls }];
  });
}

/**
 * The call whose arguments hold: that of `test`, or of the only script there is. Of several others none is more right than the next.
 * @throws ShardwrightError `usage` where that script makes several that differ
 */
export function decisiveCall(scripts: readonly JestScript[]): JestCall | undefined {
  const script = scripts.find(({ name }) => name === "test") ?? (scripts.length === 1 ? scripts[0] : undefined);
  return script === undefined ? undefined : onlyCall("jest", script.name, script.calls);
}

/**
 * The call of the project's own script that holds for a suite.
 * @param isTold the suite's options say which tests are its own: of several calls only that holds in which all agree, node's options
 * @throws ShardwrightError `usage` for several that differ, where nothing else says which tests are meant
 */
export async function callFor(folder: string, isTold: boolean): Promise<JestCall | undefined> {
  const scripts = await jestScripts(folder);
  try {
    return decisiveCall(scripts);
  } catch (error) {
    if (!isTold) throw error;
    const calls = scripts.flatMap(({ calls: own }) => own);
    const [nodeArgs = [], ...others] = new Map(calls.map((call) => [JSON.stringify(call.nodeArgs), call.nodeArgs])).values();
    return others.length > 0 ? undefined : { nodeArgs, args: [], environment: {} };
  }
}

/** What runs no tests, only some of those that ran before, or waits for a person. */
const noRun =
  /^(?:--(?:clearCache|showConfig|version|help|listTests|init|onlyFailures|onlyChanged|watch(?:All)?)(?:=.*)?|-[foh])$/;

const jestProgram = /(?:^|[\\/])jest(?:\.js|\.cmd)?$/;
const nodeProgram = /(?:^|[\\/])node(?:\.exe)?$/;
/** What may stand before the name of the program that a command calls: who calls it for us, their options, variables. */
const launcher = /^(?:npx|pnpx|bunx|npm|pnpm|yarn|exec|dlx|run|cross-env|env|dotenv|env-cmd|node|nyc|c8|-.*|\w+=.*)$/s;
/** Would wait for a person, or run twice. */
const interactive = /^--(?:inspect(?:-.+)?|watch(?:-.+)?)(?:=|$)/;

function jestIn(command: readonly string[]): JestCall | undefined {
  const jest = command.findIndex((word, index) => jestProgram.test(word) && isCalled(word, command.slice(0, index)));
  if (jest === -1) return undefined;
  const before = command.slice(0, jest);
  const node = before.findIndex((word) => nodeProgram.test(word));
  const nodeArgs = node === -1 ? [] : before.slice(node + 1).filter((word) => !interactive.test(word) && !word.startsWith("$("));
  const args = command.slice(jest + 1);
  return args.some((word) => noRun.test(word)) ? undefined : { nodeArgs, args, environment: assignmentsIn(before) };
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
