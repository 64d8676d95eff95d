import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runToEnd } from "../processes.ts";
import { useSuite } from "./suite.ts";

const { folder } = useSuite();

async function scriptFor(shell: string): Promise<string> {
  const { code, output } = await runToEnd(["completion", shell]);
  expect(code).toBe(0);
  const path = join(folder(), `completion.${shell}`);
  writeFileSync(path, output);
  return path;
}

/** Runs a line in a shell that reads no start-up file. @returns the lines it prints, in order */
function ask(command: string, args: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: folder() },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .toSorted();
}

const has = (command: string) => spawnSync(command, ["--version"]).status === 0;

/** What is typed so far, and what may come next. */
const completions: [string, string[]][] = [
  ["co", ["completion", "coordinator"]],
  ["runs c", ["cancel", "compare"]],
  ["run --worker", ["--worker-processes", "--workers"]],
  ["token create --sc", ["--scope"]],
  ["runs show r-0123456789abcdef --js", ["--json"]],
];

describe.skipIf(process.platform === "win32")("completion", () => {
  test("bash takes the script, and completes by it", async ({ skip }) => {
    skip(!has("bash"), "there is no bash here");
    const script = await scriptFor("bash");
    for (const [typed, expected] of completions) {
      const words = ["shardwright", ...typed.split(" ")];
      // The function that `complete` was told to call, called as the shell does when Tab is pressed.
      const line = `source ${script}; [[ "$(complete -p shardwright)" == *"-F _shardwright shardwright" ]] || exit 9
COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _shardwright; printf '%s\\n' "\${COMPREPLY[@]}"`;
      expect(ask("bash", ["--norc", "-c", line])).toEqual(expected);
    }
  });

  test("zsh takes the script, and completes by it", async ({ skip }) => {
    skip(!has("zsh"), "there is no zsh here");
    const script = await scriptFor("zsh");
    const asks = completions.map(([typed]) => {
      const words = ["shardwright", ...typed.split(" ")];
      // What zsh sets and calls when Tab is pressed; it leaves out by itself what does not begin like the word typed.
      return `words=(${words.join(" ")}); CURRENT=${words.length}; COMP_WORDS=($words); COMP_CWORD=${words.length - 1}
print -r -- "$(compgen -F _shardwright -- "$words[-1]" | grep -e "^$words[-1]" | sort | tr "\\n" " ")"`;
    });
    const line = `autoload -U compinit && compinit -u -D && source ${script} && print -r -- "\${_comps[shardwright]}"\n${asks.join("\n")}`;
    expect(ask("zsh", ["-f", "-c", line])).toEqual(
      ["_bash_complete -o default -F _shardwright", ...completions.map(([, expected]) => `${expected.join(" ")} `)].toSorted(),
    );
  });

  test("fish takes the script, and completes by it", async ({ skip }) => {
    skip(!has("fish"), "there is no fish here");
    const script = await scriptFor("fish");
    for (const [typed, expected] of completions)
      expect(ask("fish", ["--no-config", "-c", `source ${script}; complete -C "shardwright ${typed}"`])).toEqual(expected);
  });

  test("a shell that is not known is refused with those that are", async () => {
    const { code, output } = await runToEnd(["completion", "tcsh"]);
    expect(output).toContain("bash, zsh, fish");
    expect(code).toBe(2);
  });
});
