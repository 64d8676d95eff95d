import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";

/** What `npx shardwright` runs. */
export const program = join(import.meta.dirname, "..", "packages", "cli", "bin", "shardwright.mjs");

/** One of our processes, its output kept for when something goes wrong. */
export interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

const outputLimit = 200_000;

export interface StartOptions {
  readonly cwd?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Another Node than the one that runs the tests. */
  readonly node?: string;
  /** Another copy of the program. */
  readonly program?: string;
  /** A command that runs it, and becomes it: `ip netns exec …`. */
  readonly within?: readonly string[];
}

/** Starts `shardwright …` as a user would; only the given environment and what programs need to run at all. */
export function start(args: readonly string[], options: StartOptions = {}): Started {
  const [command, ...rest] = [...(options.within ?? []), options.node ?? process.execPath, options.program ?? program, ...args];
  const child = spawn(command as string, rest, {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SystemRoot: process.env.SystemRoot,
      TMPDIR: process.env.TMPDIR,
      NO_COLOR: "1",
      ...options.environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-outputLimit);
    });
  const exited = once(child, "close").then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals);
  return { child, output: () => output, exited };
}

/** Runs `shardwright …` to its end. */
export async function runToEnd(
  args: readonly string[],
  options: StartOptions = {},
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const started = start(args, options);
  const code = await started.exited;
  return { code, output: started.output() };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Asks again and again, at most for `limit_ms`, until the answer is yes: for processes whose only sign is what they answer. */
export async function until(what: string, ask: () => Promise<boolean>, limit_ms = 30_000): Promise<void> {
  const deadline = performance.now() + limit_ms;
  while (performance.now() < deadline) {
    if (await ask().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not happen within ${limit_ms} ms`);
}
