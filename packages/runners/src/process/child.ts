import { spawn, type ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { guardGroup } from "./guard.ts";
import { memoryKills } from "./memory-kills.ts";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with what it prints on either stream, as it comes. */
  readonly onOutput: (chunk: Uint8Array, stream: "stdout" | "stderr") => void;
  /**
   * Adds two pipes: the parent writes JSON lines to descriptor 3 of the child and reads them from descriptor 4. Their end tells the child of
   * ours; where it does not end by itself then it is ended some seconds later, even if we ended by SIGKILL. Not on Windows.
   */
  readonly channel?: boolean;
  /** For a program that no channel binds to us: it ends when we do, even by SIGKILL. Not on Windows. */
  readonly guarded?: boolean;
  /** What it prints on its two streams comes as one, in the order in which it was written. Not on Windows. */
  readonly merged?: boolean;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It was killed while the system killed for want of memory. */
  readonly outOfMemory?: true;
  /** Set when the program could not be started at all. */
  readonly error?: NodeJS.ErrnoException;
}

/** A process in a group of its own, so that what it starts can be ended with it. */
export interface Child {
  readonly pid: number | undefined;
  readonly toChild: Writable | undefined;
  readonly fromChild: Readable | undefined;
  /** Resolves when the process has ended and its pipes are drained, or shortly after it ended if a daemon it left holds them open. */
  readonly exited: Promise<ChildExit>;
  /** Asks the whole group to end, then, after `grace_ms`, makes it. Resolves when the process is gone. */
  stop(grace_ms: number): Promise<ChildExit>;
}

/** A child that we started ourselves. */
export interface OwnChild extends Child {
  /** Whether this process is kept from ending while the child lives, as it is at first. */
  hold(keeps: boolean): void;
}

/** How long a process that has ended may keep us waiting because something it started holds its pipes. */
const drainAfterExit_ms = 500;

export function startChild(options: ChildOptions): OwnChild {
  const isWindows = process.platform === "win32";
  const line = [options.command, ...options.args];
  // The program takes the shell's place.
  const [command = "", ...args] =
    options.merged === true && !isWindows ? ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", ...line] : line;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...options.environment },
    // A group of its own: on Windows the tree is ended by taskkill instead.
    detached: !isWindows,
    windowsHide: true,
    stdio: ["ignore", "pipe", "pipe", ...(options.channel ? (["pipe", "pipe"] as const) : [])],
  });
  child.stdout?.on("data", (chunk: Buffer) => options.onOutput(chunk, "stdout"));
  child.stderr?.on("data", (chunk: Buffer) => options.onOutput(chunk, "stderr"));
  const isBound = options.guarded === true || options.channel === true;
  if (isBound && !isWindows && child.pid !== undefined)
    child.once("close", guardGroup(child.pid, options.guarded === true ? "at once" : "later"));
  const toChild = options.channel ? (child.stdio[3] as Writable) : undefined;
  const fromChild = options.channel ? (child.stdio[4] as Readable) : undefined;
  // A write to a process that has just died is not an error of ours: `exited` tells.
  toChild?.on("error", () => {});
  fromChild?.on("error", () => {});

  const killsBefore = memoryKills();
  const exited = waitForExit(child).then((exit): ChildExit => {
    if (exit.signal !== "SIGKILL" || killsBefore === undefined || (memoryKills() ?? 0) <= killsBefore) return exit;
    return { ...exit, outOfMemory: true };
  });
  void exited.then(() => signalGroup(child, "SIGKILL"));
  return {
    pid: child.pid,
    toChild,
    fromChild,
    exited,
    hold(keeps) {
      for (const part of [child, ...child.stdio] as (Partial<Record<"ref" | "unref", () => void>> | null)[])
        part?.[keeps ? "ref" : "unref"]?.();
    },
    async stop(grace_ms) {
      signalGroup(child, "SIGTERM");
      const timer = setTimeout(() => signalGroup(child, "SIGKILL"), grace_ms);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function waitForExit(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      // `error` also reports a failed kill; only a process that never started has no pid.
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("exit", (code, signal) => {
      const timer = setTimeout(() => {
        // The channel as well: a pipe that a daemon holds would keep this whole process from ending.
        for (const stream of child.stdio) stream?.destroy();
        resolve({ code, signal });
      }, drainAfterExit_ms);
      child.once("close", () => clearTimeout(timer));
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(child.pid), "/T", ...(signal === "SIGKILL" ? ["/F"] : [])], {
      stdio: "ignore",
      windowsHide: true,
    }).on("error", () => child.kill(signal));
    return;
  }
  signalProcessGroup(child.pid, signal);
}

/** Signals a process and all of its group; for systems that have such groups. */
export function signalProcessGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone: nothing left to end.
  }
}
