import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runToEnd } from "./processes.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shardwright-completion-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const has = (shell: string) => process.platform !== "win32" && spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** What a new user's shell says to a piece of script after it has read the completion. */
async function askShell(shell: string, args: readonly string[], script: string): Promise<string> {
  const { code, output } = await runToEnd(["completion", shell]);
  expect(code).toBe(0);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, output);
  const { stdout, stderr } = spawnSync(shell, [...args, "-c", `source '${file}'\n${script}`], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: folder, TERM: "dumb" },
  });
  expect(stderr).toBe("");
  return stdout.trim();
}

test.skipIf(!has("bash"))("bash", async () => {
  const ask = (line: string) =>
    askShell(
      "bash",
      ["--norc"],
      `COMP_WORDS=(${line})\nCOMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))\n_shardwright\necho "\${COMPREPLY[@]}"`,
    );
  expect(await ask("shardwright ru")).toBe("run runs");
  expect(await ask("shardwright run --worker-p")).toBe("--worker-processes");
  expect(await ask("shardwright token create --sc")).toBe("--scope");
});

test.skipIf(!has("zsh"))("zsh, whether or not its own completions are set up", async () => {
  const question = "print ${_comps[shardwright]}";
  expect(await askShell("zsh", ["-f"], question)).toContain("_shardwright");
});

test.skipIf(!has("fish"))("fish", async () => {
  const answer = await askShell(
    "fish",
    ["--no-config"],
    'complete -C "shardwright run --worker-p"\ncomplete -C "shardwright runs ca"',
  );
  expect(answer).toContain("--worker-processes");
  expect(answer).toContain("cancel");
});
