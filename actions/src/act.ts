import { resolve } from "node:path";
import * as core from "@actions/core";
import { argumentsFrom, type FlagKind } from "./arguments.ts";
import { runCommandLine } from "./command-line.ts";
import { environmentFor } from "./environment.ts";
import { outputsFrom } from "./outputs.ts";

/** The state of the step that its end reads: the main part has begun, and has come to its end by itself. */
export const states = { begun: "begun", ended: "ended", name: "name" } as const;

/**
 * An action's main part: a command with the inputs as its flags, its result as outputs, its exit code as the step's.
 * @param command its words
 */
export async function act(command: readonly string[], flags: Readonly<Record<string, FlagKind>>): Promise<void> {
  const token = core.getInput("token");
  const apiKey = core.getInput("api-key");
  for (const secret of [token, apiKey]) if (secret !== "") core.setSecret(secret);
  try {
    const directory = resolve(process.env.GITHUB_WORKSPACE ?? ".", core.getInput("working-directory"));
    const args = argumentsFrom(flags, (name) => core.getInput(name));
    core.saveState(states.begun, "true");
    core.saveState(states.name, core.getInput("publish-name"));
    const env = environmentFor(process.env, { token, apiKey });
    const { code, isKilled, result } = await runCommandLine([...command, "--json", ...args], { cwd: directory, env });
    if (!isKilled) core.saveState(states.ended, "true");
    process.exitCode = code;
    // Not green without a verdict: whatever was asked of the command line, it was not to run the tests.
    if (code === 0 && result.trim() === "") throw new Error("The command line has ended without a verdict.");
    for (const [name, value] of Object.entries(outputsFrom(result, directory, process.env))) core.setOutput(name, value);
  } catch (error) {
    core.setFailed(error instanceof Error ? error : String(error));
  }
}
