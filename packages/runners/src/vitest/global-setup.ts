import { reasonOf, type Failure } from "@shardwright/core";
import { z } from "zod";
import { WarmSession } from "../process/warm-session.ts";
import type { SessionOptions } from "../runner.ts";
import type { HostConfiguration, SetUp } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";
import { toTaskArguments } from "./task-arguments.ts";

const setUpSchema: z.ZodType<SetUp> = z.strictObject({
  environment: z.record(z.string(), z.string().nullable()),
  provided: z.base64(),
});

/** Of what a global set-up prints, so much is shown with the file that waited for it. */
const printedLimit_bytes = 64 * 1024;

export interface SetUpResult {
  /** What it printed, for whoever asked first. */
  readonly printed: readonly Uint8Array[];
  /** What tests find of it, or why there are none to run. */
  readonly result: SetUp | { readonly problem: string };
}

/**
 * The global set-ups of a suite's projects, run once for all sessions as vitest runs them once for all of its workers, in a process of their
 * own that begins with the first file that needs it.
 */
export class GlobalSetup {
  readonly #configuration: HostConfiguration;
  readonly #environment: Readonly<Record<string, string>>;
  #isClosed = false;
  #process: WarmSession | undefined;
  /** By project, and good for as long as its process lives. */
  readonly #done = new Map<string, { readonly session: WarmSession; readonly setUp: SetUp }>();
  readonly #running = new Map<string, Promise<SetUp>>();
  /** One after the other: what they change in their environment is not to be confused. */
  #last: Promise<unknown> = Promise.resolve();
  #said: SetUp | undefined;
  /** Processes that could not set up, and clear up what they had begun. */
  readonly #failed = new Set<Promise<unknown>>();

  constructor(configuration: HostConfiguration, environment: Readonly<Record<string, string>>) {
    this.#configuration = { ...configuration, mode: "setup" };
    this.#environment = environment;
  }

  /** Sees to it that what a project's files need is set up. After a failure, and after the process has died, it is tried anew. */
  async prepare(project: string, options: Pick<SessionOptions, "closeGrace_ms">): Promise<SetUpResult> {
    const printed: Uint8Array[] = [];
    const done = this.#done.get(project);
    if (done?.session.usable === true) return { printed, result: done.setUp };
    let running = this.#running.get(project);
    if (running === undefined) {
      running = this.#last.then(() => this.#run(project, options, printed)).finally(() => this.#running.delete(project));
      this.#running.set(project, running);
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

  async #run(project: string, options: Pick<SessionOptions, "closeGrace_ms">, printed: Uint8Array[]): Promise<SetUp> {
    if (this.#isClosed) throw new Error("Nobody is left to set up for.");
    const session = this.#live(options);
    try {
      const setUp = await this.#ask(session, project, printed);
      this.#done.set(project, { session, setUp });
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
      this.#process = new WarmSession(hostCommand(this.#configuration, this.#environment), {
        closeGrace_ms,
        onNotice: (value) => (this.#said = setUpSchema.parse(value)),
      });
    return this.#process;
  }

  async #ask(session: WarmSession, project: string, printed: Uint8Array[]): Promise<SetUp> {
    this.#said = undefined;
    let left_bytes = printedLimit_bytes;
    for await (const event of session.execute([{ id: 0, file: "", args: toTaskArguments(project, false) }])) {
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
