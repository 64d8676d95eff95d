import {
  attemptOutcomeSchema,
  clearingUp_ms,
  caseResultSchema,
  cutText,
  failureSchema,
  metricSchema,
  metricsLimit,
  reasonOf,
  withSoundMeasurements,
  type CaseResult,
  type Failure,
} from "@shardwright/core";
import { z } from "zod";
import type { RunnerEvent, RunnerSession, SessionTask } from "../runner.ts";
import { startChild, type Child, type ChildExit, type ChildOptions } from "./child.ts";
import { EventQueue } from "./event-queue.ts";
import { readJsonLines } from "./json-lines.ts";

/**
 * What a warm process says on descriptor 4, a line of JSON each. It is told on descriptor 3: `{"type":"run","id",…}` for each task
 * when the one before has finished, and `{"type":"exit"}`.
 */
const hostMessageSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("started"), id: z.int() }),
  /** The case that runs now, so that it can be named if the process does not outlive it. */
  z.object({
    type: z.literal("running"),
    id: z.int(),
    case: caseResultSchema.pick({ path: true, ordinal: true, file: true, line: true }),
  }),
  z.object({ type: z.literal("case"), id: z.int(), result: caseResultSchema }),
  /** What the task printed, where the process catches it: unlike what comes through its pipes, it cannot come late. */
  z.object({ type: z.literal("output"), id: z.int(), text: z.string() }),
  z.object({
    type: z.literal("finished"),
    id: z.int(),
    result: z.object({
      outcome: attemptOutcomeSchema,
      failure: failureSchema.optional(),
      metrics: z.array(metricSchema).max(metricsLimit).readonly().optional(),
    }),
  }),
  /** The process cannot go on; it exits next. `quote_output`: what it printed explains it. */
  z.object({
    type: z.literal("fatal"),
    kind: failureSchema.shape.kind,
    message: z.string(),
    quote_output: z.boolean().optional(),
  }),
  /** What was set up for all files could not be put in order; the process exits next. It may do so at any time after `retire`, too. */
  z.object({ type: z.literal("closed"), failure: z.string() }),
  /** The process exits by its own will once the task it runs has finished: those after it want a new one. */
  z.object({ type: z.literal("retire") }),
  /** What only the runner whose process it is understands. */
  z.object({ type: z.literal("notice"), value: z.unknown() }),
]);
export type HostMessage = z.input<typeof hostMessageSchema>;

/** A file that is broken off may take so long to clear up what it set up. */
const interruptGrace_ms = 2000;

export interface WarmSessionOptions {
  /** Told of the notices of the process, in order with all else that it says. */
  readonly onNotice?: (value: unknown) => void;
  /** How long it may take to put in order what was set up for all files; `clearingUp_ms` when absent. */
  readonly closeGrace_ms?: number | undefined;
  /** How its process is asked to break off the file that runs; without, it is ended. */
  readonly interrupts?: "message" | "signal" | undefined;
}

/** The end of what the process printed is kept to explain a crash. */
const tailLimit = 2000;

/** The session of a runner whose process serves many files. */
export class WarmSession implements RunnerSession {
  /** Resolves when the process is gone and all it said has been heard. */
  readonly ended: Promise<void>;
  readonly #child: Child;
  readonly #options: WarmSessionOptions;
  #exit: ChildExit | undefined;
  #fatal: Failure | undefined;
  #quotesOutput = false;
  #retired = false;
  #hasServed = false;
  #closing: "graceful" | "overdue" | "now" | undefined;
  #closeFailure: Failure | undefined;
  readonly #closeGrace_ms: number;
  #running: Pick<CaseResult, "path" | "ordinal" | "file" | "line"> | undefined;
  #batch:
    | { queue: EventQueue<RunnerEvent>; open: Set<number>; untold: SessionTask[]; told?: number; current: number | undefined }
    | undefined;
  #tail = "";

  /** @param process the process to start, or what starts it with a channel and hands what it prints to the listener given */
  constructor(
    process: Omit<ChildOptions, "onOutput" | "channel"> | ((onOutput: ChildOptions["onOutput"]) => Child),
    options: WarmSessionOptions = {},
  ) {
    this.#options = options;
    this.#closeGrace_ms = options.closeGrace_ms ?? clearingUp_ms;
    const onOutput = (chunk: Uint8Array) => this.#onOutput(chunk);
    this.#child = typeof process === "function" ? process(onOutput) : startChild({ ...process, channel: true, onOutput });
    if (this.#child.fromChild !== undefined)
      readJsonLines(
        this.#child.fromChild,
        (message) => afterOutput(() => this.#onMessage(message)),
        (line) => this.#onFault(`a line that is no JSON: ${line}`),
      );
    this.ended = this.#child.exited.then((exit) => new Promise((resolve) => afterOutput(() => resolve(this.#onExit(exit)))));
  }

  get usable(): boolean {
    return this.#exit === undefined && this.#fatal === undefined && this.#closing === undefined && !this.#retired;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    if (this.#batch !== undefined) throw new Error("a session runs one batch at a time");
    const batch = {
      queue: new EventQueue<RunnerEvent>(),
      open: new Set(tasks.map((task) => task.id)),
      untold: [...tasks],
      current: undefined,
    };
    this.#batch = batch;
    if (this.#exit !== undefined) this.#onExit(this.#exit);
    else this.#tellNext();
    if (tasks.length === 0) batch.queue.end();
    try {
      yield* batch.queue;
    } finally {
      this.#batch = undefined;
    }
  }

  async close(mode: "graceful" | "soon" | "now"): Promise<Failure | undefined> {
    if (mode === "soon" && this.#options.interrupts !== undefined && this.#exit === undefined && this.#closing === undefined) {
      this.#closing = "now";
      this.#interrupt();
      const timer = setTimeout(() => void this.#child.stop(0), interruptGrace_ms);
      await this.ended;
      clearTimeout(timer);
    } else if (mode === "graceful" && this.#exit === undefined) {
      this.#closing ??= "graceful";
      this.#tell({ type: "exit" });
      this.#child.toChild?.end();
      const timer = setTimeout(() => this.#onOverdue(), this.#closeGrace_ms);
      await this.ended;
      clearTimeout(timer);
    } else {
      this.#closing = "now";
      await this.#child.stop(0);
      await this.ended;
    }
    return this.#closeFailure;
  }

  #interrupt(): void {
    const { interrupts } = this.#options;
    if (interrupts === "message") this.#tell({ type: "interrupt" });
    this.#tell({ type: "exit" });
    this.#child.toChild?.end();
    if (interrupts !== "signal" || this.#child.pid === undefined || this.#batch?.current === undefined) return;
    try {
      process.kill(this.#child.pid, "SIGINT");
    } catch {
      // It is gone.
    }
  }

  #onOverdue(): void {
    if (this.#closing === "graceful") this.#closing = "overdue";
    void this.#child.stop(0);
  }

  #tell(message: object): void {
    this.#child.toChild?.write(`${JSON.stringify(message)}\n`);
  }

  #onOutput(chunk: Uint8Array): void {
    this.#tail = (this.#tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    // It may be read before the message that the task has started, which lies in another pipe.
    const id = this.#batch?.current ?? this.#batch?.told;
    this.#batch?.queue.push(id === undefined ? { type: "output", chunk } : { type: "output", id, chunk });
  }

  #onMessage(raw: unknown): void {
    const { message: sound, dropped } = withoutUnsound(raw);
    const parsed = hostMessageSchema.safeParse(sound);
    if (!parsed.success) return this.#onFault(`a message of the wrong form: ${z.prettifyError(parsed.error)}`);
    const message = parsed.data;
    if (message.type === "fatal") {
      this.#fatal = { kind: message.kind, message: cutText(message.message, 4000) };
      this.#quotesOutput = message.quote_output === true;
      return;
    }
    if (message.type === "closed") {
      this.#closeFailure ??= { kind: "setup-error", message: cutText(message.failure, 4000) };
      return;
    }
    if (message.type === "retire") {
      this.#retired = true;
      return;
    }
    if (message.type === "notice") return this.#onNotice(message.value);
    const batch = this.#batch;
    if (batch === undefined || !batch.open.has(message.id)) return;
    if (message.type === "output") return this.#onOutput(Buffer.from(message.text));
    this.#running = message.type === "running" ? message.case : undefined;
    if (message.type === "running") return;
    if (message.type === "started") batch.current = message.id;
    if (message.type !== "finished") {
      batch.queue.push(message.type === "case" && dropped.length > 0 ? { ...message, dropped } : message);
      return;
    }
    this.#hasServed = true;
    batch.open.delete(message.id);
    batch.current = undefined;
    batch.queue.push(message);
    if (batch.open.size === 0) batch.queue.end();
    else this.#tellNext();
  }

  #onNotice(value: unknown): void {
    try {
      this.#options.onNotice?.(value);
    } catch (error) {
      this.#onFault(`a notice of the wrong form: ${reasonOf(error)}`);
    }
  }

  /** One task at a time: what a process prints and what it reports come on two pipes, and must not be about different tasks. */
  #tellNext(): void {
    const task = this.#batch?.untold.shift();
    if (task === undefined || this.#batch === undefined) return;
    this.#batch.told = task.id;
    this.#tell({ type: "run", ...task });
  }

  /** The process broke the protocol: nothing it says can be trusted any more. */
  #onFault(message: string): void {
    this.#fatal ??= { kind: "runner-error", message: `The test process sent ${cutText(message, 1000)}` };
    void this.#child.stop(0);
  }

  #onExit(exit: ChildExit): void {
    this.#exit = exit;
    const batch = this.#batch;
    if (!this.#findVictim(exit)) this.#closeFailure ??= this.#explainLeaving(exit);
    batch?.queue.end();
  }

  /** Ends the task that ran, if one did. @returns whether there was one */
  #findVictim(exit: ChildExit): boolean {
    const batch = this.#batch;
    if (batch === undefined) return false;
    const victim = batch.current ?? (this.#retired ? undefined : batch.open.values().next().value);
    if (victim === undefined || !batch.open.delete(victim)) return false;
    const failure = this.#explain(exit);
    if (this.#running !== undefined) {
      const result: CaseResult = { ...this.#running, status: "errored", duration_ms: 0, retries: 0, message: failure.message };
      batch.queue.push({ type: "case", id: victim, result });
    }
    batch.queue.push({ type: "finished", id: victim, result: { outcome: "errored", failure } });
    return true;
  }

  /** What went wrong with a process that left, or was to, when no task ran any more. */
  #explainLeaving(exit: ChildExit): Failure | undefined {
    // One that could not begin to serve has nothing to put in order.
    if (this.#closing === "now" || this.#fatal !== undefined || exit.error !== undefined) return undefined;
    const overdue = this.#closing === "overdue";
    // While it waits, it may be killed for reasons of the machine's, and nothing is lost; with a code it exits for its own.
    const isLeaving = this.#retired || this.#closing !== undefined;
    const isBad = isLeaving ? exit.code !== 0 : this.#hasServed && exit.code !== 0 && exit.signal === null;
    if (!overdue && !isBad) return undefined;
    const how = overdue
      ? `did not put in order what was set up for all files within ${this.#closeGrace_ms / 1000} s, and was ended by force`
      : exit.signal === null
        ? `exited with code ${exit.code} when no file ran any more`
        : `was ended by ${exit.signal} before what was set up for all files was put in order`;
    const said = this.#tail.trim();
    const message = `The test process ${how}.${said === "" ? "" : ` Its last words:\n${said}`}`;
    return { kind: "setup-error", message: cutText(message, 4000) };
  }

  #explain(exit: ChildExit): Failure {
    if (this.#fatal === undefined) return crashOf(exit, this.#tail);
    if (!this.#quotesOutput || this.#tail.trim() === "") return this.#fatal;
    return { ...this.#fatal, message: `${cutText(this.#fatal.message, 1000)}\n${this.#tail.trim()}` };
  }
}

/** What runtimes say, somewhere before their last words, when they may have no more memory: V8, Python, Go and the C++ library. */
const outOfMemory =
  /JavaScript heap out of memory|^MemoryError\b|^fatal error: runtime: (?:cannot allocate|out of) memory|std::bad_alloc/;

/**
 * What was printed before a message lies in another pipe: let it come first. That pipe may not be among those that this turn of the loop
 * reads, if both were written to after it had asked which are ready; the next turn reads it.
 */
function afterOutput(tell: () => void): void {
  setImmediate(() => setImmediate(tell));
}

/** Says how a process ended that should not have. */
export function crashOf(exit: ChildExit, tail = ""): Failure {
  if (exit.error !== undefined)
    return { kind: "setup-error", message: `The test process could not be started: ${exit.error.message}` };
  const lines = tail.trim().split("\n");
  const fullHeap = lines.findLast((line) => outOfMemory.test(line));
  const lastLine = fullHeap ?? lines.at(-1) ?? "";
  const said = lastLine === "" ? "" : ` Its last words: ${cutText(lastLine, 500)}`;
  const why = exit.outOfMemory === true || fullHeap !== undefined ? ", out of memory" : "";
  if (exit.signal !== null)
    return { kind: "crash", message: `The test process was ended by ${exit.signal}${why}.${said}`, signal: exit.signal };
  return {
    kind: "crash",
    message: `The test process exited with code ${exit.code} before it finished${why}.${said}`,
    exit_code: exit.code ?? -1,
  };
}

/** What of a case's measurements cannot be reported must not make its message a fault. */
function withoutUnsound(raw: unknown): { readonly message: unknown; readonly dropped: readonly string[] } {
  if (typeof raw !== "object" || raw === null || !("result" in raw) || !("type" in raw) || raw.type !== "case")
    return { message: raw, dropped: [] };
  if (typeof raw.result !== "object" || raw.result === null) return { message: raw, dropped: [] };
  const { result, dropped } = withSoundMeasurements(raw.result);
  return { message: { ...raw, result }, dropped };
}
