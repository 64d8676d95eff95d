import { reasonOf, type Failure } from "@shardwright/core";
import type { z } from "zod";
import type { SessionOptions } from "../runner.ts";
import type { ChildOptions } from "./child.ts";
import { WarmSession } from "./warm-session.ts";

/** Of what a global set-up prints, so much is shown with the file that waited for it. */
const printedLimit_bytes = 64 * 1024;

export interface SetUpResult<SetUp> {
  /** What it printed, for whoever asked first. */
  readonly printed: readonly Uint8Array[];
  /** What tests find of it, or why there are none to run. */
  readonly result: SetUp | { readonly problem: string };
}

/**
 * What is set up for all files of a suite, once for all of its sessions, as a framework does it once for all of its workers: in a process of
 * its own that begins with the first file that needs it. The process is told to run what has the arguments of a set-up, says in a notice
 * what it has set up, and finishes as `passed` or with the failure.
 */
export class GlobalSetup<SetUp> {
  readonly #command: Omit<ChildOptions, "onOutput" | "channel">;
  readonly #schema: z.ZodType<SetUp>;
  #isClosed = false;
  #process: WarmSession | undefined;
  /** By arguments, and good for as long as its process lives. */
  readonly #done = new Map<string, { readonly session: WarmSession; readonly setUp: SetUp }>();
  readonly #running = new Map<string, Promise<SetUp>>();
  /** One after the other: what they change in their environment is not to be confused. */
  #last: Promise<unknown>;
  #said: SetUp | undefined;
  /** Processes that could not set up, and clear up what they had begun. */
  readonly #failed = new Set<Promise<unknown>>();

  /** @param schema of what it has set up @param after what has to end before anything is set up */
  constructor(command: Omit<ChildOptions, "onOutput" | "channel">, schema: z.ZodType<SetUp>, after: Promise<unknown>) {
    this.#last = after;
    this.#command = command;
    this.#schema = schema;
  }

  /** Sees to it that what files need is set up. After a failure, and after the process has died, it is tried anew. */
  async prepare(args: readonly string[], options: Pick<SessionOptions, "closeGrace_ms">): Promise<SetUpResult<SetUp>> {
    const printed: Uint8Array[] = [];
    const key = JSON.stringify(args);
    const done = this.#done.get(key);
    if (done?.session.usable === true) return { printed, result: done.setUp };
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#last.then(() => this.#run(key, args, options, printed)).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
      this.#last = running.catch(() => {});
    }
    try {
      return { printed, result: await running };
    } catch (error) {
      return { printed, result: { problem: reasonOf(error) } };
    }
  }

  /** Tears all down. @returns what could not be */
  async close(): Promise<Failure | undefined> {
    this.#isClosed = true;
    const [failure] = await Promise.all([this.#process?.close("graceful"), ...this.#failed]);
    return failure;
  }

  async #run(
    key: string,
    args: readonly string[],
    options: Pick<SessionOptions, "closeGrace_ms">,
    printed: Uint8Array[],
  ): Promise<SetUp> {
    if (this.#isClosed) throw new Error("Nobody is left to set up for.");
    const session = this.#live(options);
    try {
      const setUp = await this.#ask(session, args, printed);
      this.#done.set(key, { session, setUp });
      return setUp;
    } catch (error) {
      this.#process = undefined;
      const closing = session.close("graceful").finally(() => this.#failed.delete(closing));
      this.#failed.add(closing);
      throw error;
    }
  }

  #live({ closeGrace_ms }: Pick<SessionOptions, "closeGrace_ms">): WarmSession {
    if (this.#process?.usable !== true)
      this.#process = new WarmSession(this.#command, {
        closeGrace_ms,
        onNotice: (value) => (this.#said = this.#schema.parse(value)),
      });
    return this.#process;
  }

  async #ask(session: WarmSession, args: readonly string[], printed: Uint8Array[]): Promise<SetUp> {
    this.#said = undefined;
    let left_bytes = printedLimit_bytes;
    for await (const event of session.execute([{ id: 0, file: "", args }])) {
      if (event.type === "output" && left_bytes > 0) {
        printed.push(event.chunk.subarray(0, left_bytes));
        left_bytes -= event.chunk.byteLength;
      }
      if (event.type === "finished" && event.result.outcome !== "passed") throw new Error(event.result.failure?.message);
    }
    if (this.#said === undefined) throw new Error("The process that sets up for all files did not say what it had set up.");
    return this.#said;
  }
}
