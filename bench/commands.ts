import { spawn, spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
export const shardwright = join(root, "packages", "cli", "bin", "shardwright.mjs");
export const jest = join(root, "packages", "runners", "node_modules", "jest", "bin", "jest.js");
export const mocha = join(root, "packages", "runners", "node_modules", "mocha", "bin", "mocha.js");
export const playwright = join(root, "packages", "runners", "node_modules", "@playwright", "test", "cli.js");
export const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ran {
  readonly wall_ms: number;
  readonly code: number | null;
  readonly output: string;
}

/** Runs commands at the same time, each to its end; the time is that of all. Their output goes nowhere but into the answer. */
export async function runTogether(commands: readonly Command[]): Promise<Ran> {
  const began_ms = performance.now();
  const results = await Promise.all(
    commands.map(
      ({ program, args, cwd, environment }) =>
        new Promise<{ code: number | null; output: string }>((resolve, reject) => {
          const child = spawn(program, args, {
            cwd,
            env: { ...process.env, NODE_ENV: "", VITEST: "", NO_COLOR: "1", CI: "true", ...environment },
            stdio: ["ignore", "pipe", "pipe"],
          });
          const chunks: Buffer[] = [];
          child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
          child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
          child.once("error", reject);
          child.once("close", (code) => resolve({ code, output: Buffer.concat(chunks).toString("utf8") }));
        }),
    ),
  );
  return {
    wall_ms: performance.now() - began_ms,
    code: results.find(({ code }) => code !== 0)?.code ?? 0,
    output: results.map(({ output }) => output).join("\n"),
  };
}

/** The first Python on the path that has these modules; undefined when none has. */
export function pythonWith(modules: readonly string[], preferred?: string): string | undefined {
  const candidates = preferred === undefined ? ["python3", "python", "/usr/bin/python3"] : [preferred];
  return candidates.find(
    (python) => spawnSync(python, ["-c", modules.map((name) => `import ${name}`).join("\n")], { stdio: "ignore" }).status === 0,
  );
}

export function hasProgram(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

/** The environment in which a program of this folder comes first. */
export function withPath(directory: string): Record<string, string> {
  return { PATH: `${directory}${delimiter}${process.env["PATH"] ?? ""}` };
}
