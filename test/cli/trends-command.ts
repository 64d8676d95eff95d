import { start } from "../processes.ts";

/** Runs `shardwright …` to its end, what it prints and what it says kept apart. */
export async function run(
  cwd: string,
  args: readonly string[],
): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const { child, exited } = start(args, { cwd });
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (texts.stdout += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString("utf8")));
  const code = await exited;
  return { code, ...texts };
}
