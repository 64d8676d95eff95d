import { fork, type ChildProcess } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { isDone, spoilsWorker, teardownErrors, testsToRun, type InitMessage, type WorkerMessage } from "./worker-messages.ts";

const workerEntry = fileURLToPath(new URL("worker-entry.mjs", import.meta.url));

/** Who is told what a worker process says. */
export interface WorkerOwner {
  onMessage(message: WorkerMessage): void;
  onOutput(stream: "stdout" | "stderr", chunk: Buffer): void;
  onExit(code: number | null, signal: NodeJS.Signals | null): void;
}

/** What a worker process is for: a kept one serves only the very same. */
export interface WorkerPurpose {
  /** As Playwright tells apart tests that share no worker. */
  readonly hash: string;
  readonly overrides: unknown;
  /** What its environment has besides the host's own. */
  readonly changes: Readonly<Record<string, string | null>>;
}

/** Worker indexes are dealt to slots in turn, so that those of one machine differ. */
const indexStride = 64;

/** A real process of Playwright's worker program. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #started: Promise<void>;
  #purpose: WorkerPurpose | undefined;
  #artifacts: string | undefined;
  #owner: WorkerOwner | undefined;
  #isRunning = false;
  #isSpoiled = false;
  #hasExited = false;
  /** Nothing that a user wrote lives on in it between files: it may wait for another. */
  isPlain = false;
  readonly exited: Promise<void>;

  constructor(program: string, environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
    // Taken from the module before anything is put in its place there.
    this.#child = fork(workerEntry, [program], {
      env: environment,
      // Not those that the host was started with.
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const child = this.#child;
    child.stdout?.on("data", (chunk: Buffer) => this.#owner?.onOutput("stdout", chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.#owner?.onOutput("stderr", chunk));
    child.on("message", (message) => this.#onMessage(message as WorkerMessage));
    child.on("error", (error) => process.stderr.write(`A worker process failed: ${error.message}\n`));
    this.exited = new Promise((resolve) => child.once("exit", (code, signal) => void this.#onExit(code, signal).then(resolve)));
    this.#started = new Promise((resolve, reject) => {
      child.once("message", () => resolve());
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`it ended with ${signal ?? `code ${code}`}`)));
    });
    this.#started.catch(() => {});
  }

  /** Resolves when it can take tests, or never will. */
  get ready(): Promise<void> {
    return this.#started.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it could take tests of this purpose. */
  serves(purpose: WorkerPurpose): boolean {
    return !this.#hasExited && !this.#isSpoiled && this.#purpose !== undefined && isDeepStrictEqual(this.#purpose, purpose);
  }

  /** Whether it was started as this environment wants it, and is nobody's yet. */
  isBlankFor(environment: NodeJS.ProcessEnv): boolean {
    return !this.#hasExited && this.#purpose === undefined && isDeepStrictEqual({ ...this.#environment }, { ...environment });
  }

  /** Whether it has done all it was given, and well. */
  get mayServeAgain(): boolean {
    return !this.#hasExited && !this.#isRunning && !this.#isSpoiled;
  }

  /** Makes a blank process a worker. @param index counts the workers of this host; @param slot the place of this host on its machine */
  async begin(owner: WorkerOwner, purpose: WorkerPurpose, init: InitMessage, index: number, slot: number): Promise<void> {
    this.#owner = owner;
    this.#purpose = purpose;
    await this.#started;
    const { runnerParams } = init.params;
    // Several hosts share the folder, and a worker outlives the run whose number it has.
    const artifactsDir = join(dirname(runnerParams.artifactsDir), `.playwright-artifacts-${slot}-${process.pid}-${index}`);
    this.#artifacts = artifactsDir;
    await mkdir(artifactsDir, { recursive: true });
    const workerIndex = slot + index * indexStride;
    this.send({
      ...init,
      params: { ...init.params, runnerParams: { ...runnerParams, workerIndex, parallelIndex: slot, artifactsDir } },
    });
  }

  continueFor(owner: WorkerOwner): void {
    this.#owner = owner;
  }

  release(): void {
    this.#owner = undefined;
  }

  send(message: WorkerMessage): void {
    if (testsToRun(message) !== undefined) this.#isRunning = true;
    // One that has just died is told of by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Asks it to tear down and exit, and ends it by force after the time given. */
  async stop(grace_ms: number): Promise<void> {
    this.#owner = undefined;
    this.#isSpoiled = true;
    if (!this.#hasExited) this.send({ method: "__stop__" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), grace_ms);
    await this.exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#isSpoiled = true;
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  #onMessage(message: WorkerMessage): void {
    if (message.method === "ready") return;
    if (spoilsWorker(message)) this.#isSpoiled = true;
    if (isDone(message)) this.#isRunning = false;
    if (this.#owner !== undefined) this.#owner.onMessage(message);
    // The files are all reported: the log is the only place left.
    else
      for (const error of teardownErrors(message) ?? []) process.stderr.write(`While a worker process was torn down: ${error}\n`);
  }

  async #onExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#hasExited = true;
    if (this.#artifacts !== undefined) await rm(this.#artifacts, { recursive: true, force: true }).catch(() => {});
    this.#owner?.onExit(code, signal);
  }
}
