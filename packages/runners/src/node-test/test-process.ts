import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { startChild, type Child, type ChildExit } from "../process/child.ts";
import { readJsonLines } from "../process/json-lines.ts";
import { nodeProgram } from "../process/node-program.ts";
import type { SessionOptions } from "../runner.ts";
import { testEventSchema, type TestEvent } from "./events.ts";
import type { NodeTestOptions } from "./options.ts";

const program = fileURLToPath(new URL("./test-entry.mjs", import.meta.url));
const reporter = new URL("./test-process.mjs", import.meta.url).href;

/**
 * Tells node:test that `only` wants `--test-only`, and a `node --test` inside a test to stand back, as in the children of `node --test`;
 * the values that those have would choose their reporter, too.
 */
const context = { NODE_TEST_CONTEXT: "child-process" };

/** What a process prints before it has a task is kept up to here. */
const earlyLimit_bytes = 1024 * 1024;

export interface TestListener {
  readonly onEvent: (event: TestEvent) => void;
  readonly onOutput: (chunk: Uint8Array) => void;
  /** It said what cannot be understood; nothing it says after that counts. */
  readonly onFault: (message: string) => void;
}

/** A process that can run one file. It starts at once and waits for it. */
export class TestProcess {
  /** Resolves when it waits for its file, or to false when it ended before. */
  readonly ready: Promise<boolean>;
  readonly exited: Promise<ChildExit>;
  readonly #child: Child;
  #listener: TestListener | undefined;
  #early: Uint8Array[] = [];
  #earlySize_bytes = 0;
  #hasEnded = false;
  #fault: string | undefined;
  #onReady: (isReady: boolean) => void = () => {};

  /** @param measured variables by which it says what it covers */
  constructor(
    session: SessionOptions,
    options: NodeTestOptions,
    args: readonly string[],
    measured: Readonly<Record<string, string>> = {},
  ) {
    this.ready = new Promise((tell) => (this.#onReady = tell));
    const NODE_TEST_WORKER_ID = String(Number(session.environment["SHARDWRIGHT_SLOT"] ?? 0) + 1);
    const environment = { ...session.environment, NODE_TEST_WORKER_ID, ...options.environment, ...measured, ...context };
    const reporting = [`--test-reporter=${reporter}`, "--test-reporter-destination=stdout"];
    this.#child = startChild({
      command: nodeProgram(environment),
      args: [...options.args, ...args, ...reporting, program],
      cwd: resolve(session.workspace, session.directory),
      environment,
      channel: true,
      onOutput: (chunk) => this.#onOutput(chunk),
    });
    if (this.#child.fromChild !== undefined)
      readJsonLines(
        this.#child.fromChild,
        (message) => this.#onMessage(message),
        (line) => this.#onFault(`a line that is no JSON: ${line}`),
      );
    this.exited = this.#child.exited.then((exit) => {
      this.#hasEnded = true;
      this.#onReady(false);
      return exit;
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Begins to tell; first what it printed until now. */
  listen(listener: TestListener): void {
    this.#listener = listener;
    for (const chunk of this.#early) listener.onOutput(chunk);
    this.#early = [];
    if (this.#fault !== undefined) listener.onFault(this.#fault);
  }

  /** @param path the file to run, absolute */
  run(path: string): void {
    this.#child.toChild?.write(`${JSON.stringify({ path })}\n`);
  }

  async stop(grace_ms: number): Promise<void> {
    await this.#child.stop(grace_ms);
  }

  #onOutput(chunk: Uint8Array): void {
    if (this.#listener !== undefined) return this.#listener.onOutput(chunk);
    this.#earlySize_bytes += chunk.length;
    if (this.#earlySize_bytes <= earlyLimit_bytes) this.#early.push(chunk);
  }

  #onMessage(raw: unknown): void {
    if (this.#fault !== undefined) return;
    const parsed = testEventSchema.safeParse(raw);
    if (!parsed.success) return this.#onFault(`a message of the wrong form: ${z.prettifyError(parsed.error)}`);
    if (parsed.data.type === "ready") this.#onReady(true);
    else this.#listener?.onEvent(parsed.data);
  }

  #onFault(message: string): void {
    this.#fault = `The test process sent ${message.slice(0, 1000)}`;
    this.#listener?.onFault(this.#fault);
    void this.#child.stop(0);
  }
}
