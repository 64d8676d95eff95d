import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearingUp_ms, cutText, type Failure } from "@shardwright/core";
import { z } from "zod";
import { startChild, type ChildExit, type OwnChild } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { nodeProgram, scriptBeside } from "../process/node-program.ts";
import type { CoverageOutcome } from "../runner.ts";
import type { BaseRequest } from "./host/base.ts";
import type { HostConfiguration } from "./host/main.ts";

/** A suite as its processes need it: its place with all links followed, and what its options come to. */
export interface JestSuite {
  readonly workspace: string;
  /** Absolute. */
  readonly directory: string;
  readonly nodeArgs: readonly string[];
  readonly args: readonly string[];
  readonly config?: string | undefined;
  readonly projects?: readonly string[] | undefined;
  /** Whether coverage is measured; as the project asks for when absent. */
  readonly coverage?: boolean | undefined;
  /** The complete environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const foundFile = z.object({ file: z.string(), project: z.string() });
const listingSchema = z.object({
  projects: z.array(z.object({ name: z.string(), root: z.string() })),
  files: z.array(foundFile),
  obsolete: z.array(foundFile),
  passWithNoTests: z.boolean(),
  /** The project asks for coverage. */
  collects: z.boolean(),
});
/** What jest itself would run, with absolute paths. */
export type Listing = z.infer<typeof listingSchema>;

const answerSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("prepared"), hooked: z.array(z.string()) }),
  listingSchema.extend({ type: z.literal("listed") }),
  z.object({ type: z.literal("set-up") }),
  z.object({ type: z.literal("covered"), text: z.string(), isJudged: z.boolean(), problems: z.array(z.string()) }),
  z.object({ type: z.literal("closed"), failure: z.string() }),
  z.object({ type: z.literal("fault"), message: z.string() }),
  z.object({ type: z.literal("fatal"), message: z.string() }),
]);
type Answer = z.infer<typeof answerSchema>;

const tailLimit = 4000;
/** A base that nobody uses ends after this time: sessions come soon after the listing, or not at all. */
const idle_ms = 10_000;

/** The process that reads a suite's configuration, crawls its folder, lists its files, and runs its global setup and teardown. */
export class Base {
  /** What the suite's processes share; removed with the base. */
  readonly folder = mkdtempSync(join(tmpdir(), "shardwright-jest-"));
  /** Resolves when the configuration is read. Rejects with an error that says why it is not. */
  readonly prepared: Promise<void>;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  readonly #child: OwnChild;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  readonly #setUps = new Map<string, Promise<void>>();
  #listing: Promise<Listing> | undefined;
  #hooked: readonly string[] = [];
  #tail = "";
  #exit: ChildExit | undefined;
  #fatal: string | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;
  #closing: Promise<Failure | undefined> | undefined;
  #closeFailure: string | undefined;
  /** The run whose sessions it serves; what is in the folder may be another thing in the next run. */
  run: string | undefined;

  constructor(suite: JestSuite) {
    const { workspace, directory, args, config, projects, coverage } = suite;
    this.#child = startChild({
      ...hostCommand(suite, { mode: "base", folder: this.folder, workspace, directory, args, config, projects, coverage }),
      channel: true,
      onOutput: (chunk) => {
        this.#tail = (this.#tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit);
      },
    });
    this.prepared = this.#next().then((answer) => {
      if (answer.type === "prepared") this.#hooked = answer.hooked;
    });
    // Whoever waits is told; a base that nobody waits for must not end us.
    this.prepared.catch(() => {});
    if (this.#child.fromChild !== undefined)
      readJsonLines(
        this.#child.fromChild,
        (message) => this.#onAnswer(message),
        (line) => this.#onFault(`it sent a line that is no JSON: ${line}`),
      );
    this.ended = this.#child.exited.then((exit) => this.#onExit(exit));
  }

  get isOver(): boolean {
    return this.#exit !== undefined || this.#fatal !== undefined || this.#closing !== undefined;
  }

  get isIdle(): boolean {
    return this.#users === 0;
  }

  /** Keeps it from ending until it is released. */
  use(): void {
    this.#users += 1;
    clearTimeout(this.#idle);
    this.#child.hold(true);
  }

  /**
   * Without users it ends: at once when there is something to tear down, which is waited for; else after a while.
   * @param grace_ms a global teardown that takes longer is ended
   * @returns what could not be torn down
   */
  async release(grace_ms: number = clearingUp_ms): Promise<Failure | undefined> {
    this.#users -= 1;
    if (this.#users > 0 || this.isOver) return this.#closing;
    if (this.#setUps.size > 0) return this.close(grace_ms);
    this.#child.hold(false);
    this.#idle = setTimeout(() => void this.close(), idle_ms).unref();
    return undefined;
  }

  close(grace_ms: number = clearingUp_ms): Promise<Failure | undefined> {
    this.#closing ??= this.#close(grace_ms);
    return this.#closing;
  }

  async kill(): Promise<void> {
    await this.#child.stop(0);
  }

  /**
   * Resolves when the processes that run files may begin: no test runs before the files are listed, and to start those processes
   * meanwhile would only take the listing's time. Rejects with an error that says why they cannot.
   */
  get ready(): Promise<void> {
    return this.#listing === undefined ? this.prepared : this.#listing.then(() => {});
  }

  /** @throws Error with jest's own words */
  list(): Promise<Listing> {
    this.#listing ??= this.#list();
    return this.#listing;
  }

  async #list(): Promise<Listing> {
    await this.prepared;
    const answer = await this.#ask({ type: "list" });
    if (answer.type !== "listed") throw new Error(`it answered with ${answer.type}`);
    return answer;
  }

  /** @param parts folder with what each file of a run has covered. @throws Error with jest's own words */
  async cover(parts: string): Promise<CoverageOutcome> {
    await this.prepared;
    const answer = await this.#ask({ type: "cover", parts });
    if (answer.type !== "covered") throw new Error(`it answered with ${answer.type}`);
    return { text: answer.text, isJudged: answer.isJudged, problems: answer.problems };
  }

  /** Runs the global setup of a project before its first file on this machine. @throws Error as the setup did, each time */
  async setUp(project: string | undefined): Promise<void> {
    await this.prepared;
    const isHooked = project === undefined ? this.#hooked.length > 0 : this.#hooked.includes(project);
    if (!isHooked) return;
    const key = project ?? "";
    let running = this.#setUps.get(key);
    if (running === undefined) {
      running = this.#ask({ type: "set-up", project }).then(() => {});
      this.#setUps.set(key, running);
    }
    return running;
  }

  #ask(request: BaseRequest): Promise<Answer> {
    this.#child.toChild?.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async #next(): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => {
      if (this.isOver) resolve({ type: "fatal", message: this.#howItEnded() });
      else this.#waiting.push(resolve);
    });
    if (answer.type === "fault" || answer.type === "fatal") throw new Error(answer.message);
    return answer;
  }

  #onAnswer(raw: unknown): void {
    const parsed = answerSchema.safeParse(raw);
    if (!parsed.success) return this.#onFault(`it sent a message of the wrong form: ${z.prettifyError(parsed.error)}`);
    if (parsed.data.type === "fatal") return this.#onFault(parsed.data.message);
    if (parsed.data.type === "closed") this.#closeFailure ??= parsed.data.failure;
    else this.#waiting.shift()?.(parsed.data);
  }

  #onFault(message: string): void {
    this.#fatal ??= message;
    this.#settleAll();
    void this.#child.stop(0);
  }

  #onExit(exit: ChildExit): void {
    this.#exit = exit;
    clearTimeout(this.#idle);
    this.#settleAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #settleAll(): void {
    for (const resolve of this.#waiting.splice(0)) resolve({ type: "fatal", message: this.#howItEnded() });
  }

  #howItEnded(): string {
    if (this.#fatal !== undefined) return this.#fatal;
    const exit = this.#exit;
    if (exit?.error !== undefined) return exit.error.message;
    if (exit === undefined) return "it is being ended";
    return `it ended with ${exit.signal ?? `code ${exit.code}`}. ${this.#tail.trim()}`;
  }

  async #close(grace_ms: number): Promise<Failure | undefined> {
    clearTimeout(this.#idle);
    this.#child.toChild?.end(`${JSON.stringify({ type: "exit" })}\n`);
    const timer = setTimeout(() => {
      this.#closeFailure ??= `The global teardown was not done within ${grace_ms / 1000} s, and was ended by force.\n${this.#tail.trim()}`;
      void this.#child.stop(0);
    }, grace_ms);
    await this.ended;
    clearTimeout(timer);
    if (this.#exit?.code !== 0 && this.#setUps.size > 0)
      this.#closeFailure ??= `The global teardown failed: ${this.#howItEnded()}`;
    return this.#closeFailure === undefined
      ? undefined
      : { kind: "setup-error", message: cutText(this.#closeFailure.trim(), 4000) };
  }
}

/** The command line of one of a suite's processes. */
export function hostCommand({ directory, nodeArgs, environment }: JestSuite, configuration: HostConfiguration) {
  return {
    command: nodeProgram(environment),
    args: [...nodeArgs, scriptBeside(import.meta.url, "host/main"), JSON.stringify(configuration)],
    cwd: directory,
    environment,
  };
}
