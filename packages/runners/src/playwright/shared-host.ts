import { z } from "zod";
import { startChild, type ChildExit, type OwnChild } from "../process/child.ts";
import { readLines } from "../process/json-lines.ts";
import { nodeProgram } from "../process/node-program.ts";
import type { HostConfiguration } from "./host/configuration.ts";
import type { SharedRequest } from "./host/shared-server.ts";
import { hostCommand } from "./host-command.ts";
import { planSchema, type Plan } from "./plan.ts";
import { Seat, type SeatOptions } from "./seat.ts";

/** A host that listed files waits so long for sessions to come. */
const idle_ms = 10_000;
const tailLimit = 4000;

const newsSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("planned"), plan: planSchema }),
  z.object({ type: z.literal("fatal"), message: z.string() }),
]);
const answerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("answer"), value: z.unknown() }),
  z.object({ type: z.literal("refusal"), message: z.string() }),
]);

export interface SharedHostOptions {
  readonly configuration: HostConfiguration;
  /** Of the session, or of the listing. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A process that holds a project's Playwright for all sessions of a suite in one run on this machine, as one process of Playwright's own
 * serves all its workers. The one that lists the files is there already when the sessions come.
 */
export class SharedHost {
  static readonly #hosts = new Map<string, SharedHost>();

  /** What the configuration holds. Rejects with what is wrong when it cannot be read. */
  readonly plan: Promise<Plan>;
  readonly #key: string;
  readonly #child: OwnChild;
  readonly #seats = new Map<number, Seat>();
  readonly #asks = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #onPlan: { resolve: (plan: Plan) => void; reject: (error: Error) => void };
  /** The run whose sessions it serves: files may have changed in another. */
  #run: string | undefined;
  #count = 0;
  #tail = "";
  #fatal: string | undefined;
  #isOver = false;
  /** Whoever started it waits for the plan. */
  #isPlanning = true;
  #idle: NodeJS.Timeout | undefined;

  private constructor(key: string, { configuration, environment }: SharedHostOptions) {
    this.#key = key;
    const { promise, resolve, reject } = Promise.withResolvers<Plan>();
    this.plan = promise;
    this.#onPlan = { resolve, reject };
    // Who asks for it is told; a session finds out by its tasks.
    promise.catch(() => {});
    const command = hostCommand(configuration, environment);
    this.#child = startChild({
      ...command,
      environment: withoutOurs(environment),
      channel: true,
      onOutput: (chunk, stream) => this.#onOutput(chunk, stream),
    });
    if (this.#child.fromChild !== undefined) readLines(this.#child.fromChild, (line) => this.#onLine(line));
    void this.#child.exited.then((exit) => setImmediate(() => this.#onExit(exit)));
    this.#rest();
  }

  /** Starts one that knows the files as they are now. */
  static start(options: SharedHostOptions): SharedHost {
    const key = keyOf(options);
    const host = new SharedHost(key, options);
    SharedHost.#hosts.set(key, host);
    return host;
  }

  /** The one that has just listed the files, or a new one. */
  static afterListing(options: SharedHostOptions): SharedHost {
    const host = SharedHost.#hosts.get(keyOf(options));
    return host !== undefined && !host.#isOver && host.#run === undefined ? host : SharedHost.start(options);
  }

  /** A place for one session: in the host of its run, in one that listed the files for it, or in a new one. */
  static seat(options: SharedHostOptions, onOutput: SeatOptions["onOutput"]): { seat: Seat; plan: Promise<Plan> } {
    const run = options.environment["SHARDWRIGHT_RUN_ID"] ?? "";
    const key = keyOf(options);
    const known = SharedHost.#hosts.get(key);
    const isFit = known !== undefined && !known.#isOver && (known.#run === undefined || known.#run === run);
    const host = isFit ? known : SharedHost.start(options);
    host.#run = run;
    return { seat: host.#seat(ours(options.environment), onOutput), plan: host.plan };
  }

  /** The cases of a file. @throws Error with what is wrong with it */
  async list(file: string, args: readonly string[], signal?: AbortSignal): Promise<unknown> {
    await this.plan;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#count += 1;
    const ask = this.#count;
    this.#asks.set(ask, { resolve, reject });
    const stop = () => reject(signal?.reason as Error);
    signal?.addEventListener("abort", stop);
    this.#rest();
    this.#tell({ ask, type: "list", file, args });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#asks.delete(ask);
      this.#rest();
    }
  }

  /** Ends the process and all it started. */
  async stop(): Promise<void> {
    this.#leave();
    await this.#child.stop(0);
  }

  #seat(environment: Record<string, string>, onOutput: SeatOptions["onOutput"]): Seat {
    this.#count += 1;
    const number = this.#count;
    const seat = new Seat({
      pid: this.#child.pid,
      onOutput,
      tell: (line) => this.#child.toChild?.write(`{"seat":${number},${line.slice(1)}\n`),
      // It does not listen: all of it goes.
      force: () => this.#child.stop(0),
      leave: () => this.#free(number),
    });
    this.#seats.set(number, seat);
    this.#rest();
    seat.open(environment);
    if (this.#fatal !== undefined) seat.onMessage(this.#fatal);
    return seat;
  }

  /** Resolves when nothing is left of a seat, nor of the host if it was the last. */
  async #free(number: number): Promise<ChildExit> {
    this.#seats.delete(number);
    if (this.#seats.size > 0) return { code: 0, signal: null };
    this.#leave();
    this.#child.toChild?.end();
    return this.#child.exited;
  }

  #tell(request: SharedRequest): void {
    this.#child.toChild?.write(`${JSON.stringify(request)}\n`);
  }

  /** Takes no more sessions. */
  #leave(): void {
    clearTimeout(this.#idle);
    if (SharedHost.#hosts.get(this.#key) === this) SharedHost.#hosts.delete(this.#key);
  }

  /** While nobody wants anything of it, it must not keep us from ending, and ends itself after a while. */
  #rest(): void {
    const isWanted = this.#isPlanning || this.#seats.size > 0 || this.#asks.size > 0;
    this.#child.hold(isWanted);
    clearTimeout(this.#idle);
    if (!isWanted) this.#idle = setTimeout(() => void this.stop(), idle_ms).unref();
  }

  #onOutput(chunk: Uint8Array, stream: "stdout" | "stderr"): void {
    this.#tail = (this.#tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
    for (const seat of this.#seats.values()) seat.onOutput(chunk, stream);
  }

  #onLine(line: string): void {
    const space = line.indexOf(" ");
    const [kind, number] = [line.slice(0, 1), Number(line.slice(1, space))];
    const text = line.slice(space + 1);
    if (kind === "s") this.#seats.get(number)?.onMessage(text);
    else if (kind === "a") this.#onAnswer(number, text);
    else if (kind === "*") this.#onNews(text);
  }

  #onAnswer(ask: number, text: string): void {
    const asked = this.#asks.get(ask);
    const answer = answerSchema.parse(JSON.parse(text));
    if (answer.type === "answer") asked?.resolve(answer.value);
    else asked?.reject(new Error(answer.message));
  }

  #onNews(text: string): void {
    const news = newsSchema.parse(JSON.parse(text));
    this.#isPlanning = false;
    this.#rest();
    if (news.type === "planned") return this.#onPlan.resolve(news.plan);
    this.#fatal = text;
    this.#onPlan.reject(new Error(news.message));
    for (const seat of this.#seats.values()) seat.onMessage(text);
  }

  #onExit(exit: ChildExit): void {
    this.#isOver = true;
    this.#leave();
    const reason = exit.error?.message ?? `it ended with ${exit.signal ?? `code ${exit.code}`}. ${this.#tail.trim()}`;
    this.#onPlan.reject(new Error(reason));
    for (const { reject } of this.#asks.values()) reject(new Error(reason));
    const seats = [...this.#seats.values()];
    const culprit = seats.find((seat) => seat.isLoading);
    for (const seat of seats) seat.onExit(exit, culprit !== undefined && culprit !== seat);
  }
}

function keyOf({ configuration, environment }: SharedHostOptions): string {
  return JSON.stringify([configuration, nodeProgram(environment), Object.entries(withoutOurs(environment)).sort(byName)]);
}

/** What we have put into the environment of tests is not the host's, but its workers': it differs from session to session. */
function withoutOurs(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOurs(name)));
}

function ours(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isOurs(name)));
}

function isOurs(name: string): boolean {
  return name.startsWith("SHARDWRIGHT");
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}
