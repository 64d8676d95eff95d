import { spawn, type ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { z } from "zod";
import { signalProcessGroup, startChild, type Child, type ChildExit, type ChildOptions } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { hostProgram } from "./host-program.ts";

/** What one process of ours is to be: a session, or the listing of a suite's files. */
export interface PytestProcess extends Pick<ChildOptions, "command" | "cwd" | "environment" | "onOutput"> {
  readonly mode: "serve" | "discover";
  /** What the Python program is told as CONFIG. */
  readonly config: string;
}

/** Sessions that one template can have: each needs four pipes, made when the template starts. */
const places = 8;
const firstDescriptor = 5;
/** A template without sessions ends after this time. */
const idle_ms = 10_000;
/** For how long sessions let a listing go first. */
const listingFirst_ms = 1000;
/** How long a process that has ended may keep us waiting because something it started holds its pipes. */
const drainAfterExit_ms = 500;

/** Tools that look into a process from its very start see only processes that were started in the usual way. */
const watchedFromStart = ["COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTHONINSPECT", "PYTHONPROFILEIMPORTTIME"];

const answerSchema = z.union([
  z.object({ place: z.int(), pid: z.int().positive() }),
  z.object({ pid: z.int().positive(), code: z.int() }),
  z.object({ pid: z.int().positive(), signal: z.string() }),
]);

const templates = new Map<string, Template>();

/**
 * Starts a pytest process with a channel. On Linux it is forked off a process that has imported pytest already: the import is most of
 * what a start costs, and several slots of one machine pay it once. Elsewhere a fork without exec is not safe, or there is none.
 */
export function startPytest(options: PytestProcess): Child {
  const { command, cwd, environment, onOutput, mode, config } = options;
  const usual = () => startChild({ command, args: [hostProgram, mode, config], cwd, environment, onOutput, channel: true });
  if (process.platform !== "linux" || watchedFromStart.some((name) => environment[name] !== undefined)) return usual();
  const key = JSON.stringify([command, cwd, Object.entries(environment).filter(isShared).toSorted(byName)]);
  let template = templates.get(key);
  if (template === undefined || !template.hasPlace) {
    template = new Template(options, () => {
      if (templates.get(key) === template) templates.delete(key);
    });
    templates.set(key, template);
  }
  return template.fork(options);
}

/** What differs from slot to slot is no reason for another template. */
function isShared([name]: readonly [string, string]): boolean {
  return !/^SHARDWRIGHT/i.test(name);
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}

class Template {
  readonly #process: ChildProcess;
  readonly #onEnd: () => void;
  readonly #forks = new Map<number, Fork>();
  readonly #pids = new Map<number, Fork>();
  /** Requests for sessions that wait for a listing. */
  readonly #held: string[] = [];
  #isListing = false;
  #used = 0;
  #isOver = false;
  #idle: NodeJS.Timeout | undefined;

  constructor({ command, cwd, environment }: PytestProcess, onEnd: () => void) {
    this.#onEnd = onEnd;
    const pipes = Array.from({ length: 2 + 4 * places }, () => "pipe" as const);
    this.#process = spawn(command, [hostProgram, "template", JSON.stringify({ places })], {
      cwd,
      env: { ...environment },
      detached: true,
      stdio: ["ignore", "ignore", "ignore", ...pipes],
    });
    // Neither it nor a pipe that no session uses may keep us from ending; it ends when we do.
    this.#process.unref();
    for (const stream of this.#process.stdio) {
      stream?.on("error", () => {});
      unref(stream);
    }
    this.#process.once("error", (error) => this.#end({ code: null, signal: null, error }));
    this.#process.once("exit", (code, signal) => this.#end({ code, signal }));
    readJsonLines(
      this.#stream(4),
      (answer) => this.#onAnswer(answerSchema.parse(answer)),
      () => this.close(),
    );
  }

  get hasPlace(): boolean {
    return !this.#isOver && this.#used < places;
  }

  fork({ mode, config, environment, onOutput }: PytestProcess): Child {
    const place = this.#used;
    this.#used += 1;
    clearTimeout(this.#idle);
    const descriptor = firstDescriptor + 4 * place;
    const fork = new Fork(
      this.#stream(descriptor),
      this.#stream(descriptor + 1),
      [this.#stream(descriptor + 2), this.#stream(descriptor + 3)],
      (chunk) => onOutput(chunk, "stdout"),
    );
    this.#forks.set(place, fork);
    // How the session ends is told here.
    ref(this.#stream(4));
    const request = `${JSON.stringify({ place, mode, config, environment })}\n`;
    if (mode === "discover") this.#putFirst(fork);
    if (mode === "serve" && this.#isListing) this.#held.push(request);
    else this.#stream(3).write(request);
    void fork.exited.then(() => {
      this.#forks.delete(place);
      if (this.#forks.size > 0) return;
      unref(this.#stream(4));
      this.#idle = setTimeout(() => this.close(), this.hasPlace ? idle_ms : 0).unref();
    });
    return fork;
  }

  /** No test runs before the files are listed: sessions that start meanwhile would only take the listing's time. */
  #putFirst(listing: Fork): void {
    this.#isListing = true;
    const release = () => {
      this.#isListing = false;
      for (const request of this.#held.splice(0)) this.#stream(3).write(request);
    };
    listing.fromChild.once("data", release);
    void listing.exited.then(release);
    setTimeout(release, listingFirst_ms).unref();
  }

  close(): void {
    this.#stream(3).end();
  }

  #onAnswer(answer: z.infer<typeof answerSchema>): void {
    if ("place" in answer) {
      const fork = this.#forks.get(answer.place);
      if (fork === undefined) return;
      this.#pids.set(answer.pid, fork);
      fork.begun(answer.pid);
      return;
    }
    const fork = this.#pids.get(answer.pid);
    this.#pids.delete(answer.pid);
    fork?.ended("code" in answer ? { code: answer.code, signal: null } : { code: null, signal: answer.signal as NodeJS.Signals });
  }

  /** The template is gone, and nobody can tell any more how its sessions end: they end now. */
  #end(exit: ChildExit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd();
    clearTimeout(this.#idle);
    for (const fork of this.#forks.values()) {
      void fork.kill();
      fork.ended(exit.error === undefined ? { code: null, signal: "SIGKILL" } : exit);
    }
    for (const stream of this.#process.stdio) if (!this.#isUsed(stream)) stream?.destroy();
  }

  #isUsed(stream: unknown): boolean {
    return (
      this.#process.stdio.indexOf(stream as Duplex) >= firstDescriptor &&
      this.#process.stdio.indexOf(stream as Duplex) < firstDescriptor + 4 * this.#used
    );
  }

  #stream(descriptor: number): Duplex {
    return this.#process.stdio[descriptor] as Duplex;
  }
}

/** A session's process. It is the template's child, not ours, but looks the same. */
class Fork implements Child {
  readonly toChild: Duplex;
  readonly fromChild: Duplex;
  readonly exited: Promise<ChildExit>;
  readonly #begun: Promise<number | undefined>;
  pid: number | undefined;
  #hasEnded = false;
  #onBegun: (pid: number | undefined) => void = () => {};
  #onEnded: (exit: ChildExit) => void = () => {};

  constructor(toChild: Duplex, fromChild: Duplex, printed: readonly Readable[], onOutput: (chunk: Uint8Array) => void) {
    this.toChild = toChild;
    this.fromChild = fromChild;
    for (const stream of [toChild, fromChild, ...printed]) ref(stream);
    for (const stream of printed) stream.on("data", onOutput);
    this.#begun = new Promise((resolve) => (this.#onBegun = resolve));
    const ended = new Promise<ChildExit>((resolve) => (this.#onEnded = resolve));
    const drained = Promise.all(
      [fromChild, ...printed].map((stream) => new Promise<void>((resolve) => stream.once("close", resolve))),
    );
    this.exited = ended.then(async (exit) => {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, drainAfterExit_ms);
      });
      await Promise.race([drained, patience]);
      clearTimeout(timer);
      for (const stream of [toChild, fromChild, ...printed]) stream.destroy();
      await this.kill();
      return exit;
    });
  }

  begun(pid: number): void {
    this.pid = pid;
    this.#onBegun(pid);
  }

  ended(exit: ChildExit): void {
    this.#hasEnded = true;
    this.#onBegun(undefined);
    this.#onEnded(exit);
  }

  async stop(grace_ms: number): Promise<ChildExit> {
    const pid = await this.#begun;
    const signal = (name: NodeJS.Signals) => {
      if (pid === undefined || this.#hasEnded) return;
      signalProcessGroup(pid, name);
      try {
        // It may not have come to lead a group of its own yet.
        process.kill(pid, name);
      } catch {
        // It is gone.
      }
    };
    signal("SIGTERM");
    const timer = setTimeout(() => signal("SIGKILL"), grace_ms);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  async kill(): Promise<void> {
    if (this.pid !== undefined) signalProcessGroup(this.pid, "SIGKILL");
  }
}

type Refable = Partial<Record<"ref" | "unref", () => void>> | null | undefined;

function ref(stream: unknown): void {
  (stream as Refable)?.ref?.();
}

function unref(stream: unknown): void {
  (stream as Refable)?.unref?.();
}
