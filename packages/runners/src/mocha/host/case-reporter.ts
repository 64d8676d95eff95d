import type { CaseResult } from "@shardwright/core";
import type { HostMessage } from "../../process/warm-session.ts";
import { describeError, isTimeout } from "./case-texts.ts";
import { type Ordinals, pathOf } from "./case-tree.ts";
import type { DefinitionPlaces } from "./definition-places.ts";
import type { BaseReporter, MochaRunner, Runnable } from "./mocha-api.ts";

/** What a verdict needs to know of a case that is not as it should be. */
export interface BadCase {
  readonly status: "failed" | "errored";
  readonly name: string;
  readonly message: string;
  readonly isTimeout: boolean;
}

export interface ReporterOptions {
  readonly task: { readonly id: number; readonly file: string };
  readonly base: BaseReporter;
  readonly ordinals: Ordinals;
  readonly places: DefinitionPlaces;
  readonly send: (message: HostMessage) => void;
}

/** Sends the cases of one file as mocha runs them. */
export class CaseReporter {
  readonly bad: BadCase[] = [];
  cases = 0;
  passed = 0;
  /** Set when an error was nobody's: mocha's own account of what runs cannot be relied on after that. */
  hasStrayError = false;
  readonly #options: ReporterOptions;
  /** The test that has its result, and may still be said to leak. */
  #held: { test: Runnable; result: CaseResult; bad?: BadCase } | undefined;
  readonly #done = new WeakSet<Runnable>();
  #runs: Runnable | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** What runs now, for people. */
  get running(): string | undefined {
    return this.#runs === undefined ? undefined : pathOf(this.#runs).join(" > ");
  }

  follow(runner: MochaRunner): void {
    runner.on("test", (test: Runnable) => this.#announce(test, this.#options.ordinals.of(test)));
    runner.on("hook", (hook: Runnable) => {
      // One that runs before each test is named by the test it runs before.
      if (!hook.title.startsWith('"before each"')) this.#announce(hook, 0);
    });
    runner.on("pass", (test: Runnable) => this.#hold(test, "passed"));
    runner.on("pending", (test: Runnable) => this.#hold(test, "skipped"));
    runner.on("fail", (runnable: Runnable, error: unknown) => this.#onFail(runnable, error));
    runner.on("test end", () => this.#release());
    runner.on("end", () => {
      this.#release();
      this.#runs = undefined;
    });
  }

  #announce(runnable: Runnable, ordinal: number): void {
    const { task, send } = this.#options;
    this.#runs = runnable;
    send({ type: "running", id: task.id, case: { path: pathOf(runnable), ordinal, ...this.#placeOf(runnable) } });
  }

  #hold(test: Runnable, status: "passed" | "skipped"): void {
    this.#release();
    this.#held = { test, result: { ...this.#identify(test, this.#options.ordinals.of(test)), status } };
  }

  #onFail(runnable: Runnable, error: unknown): void {
    const { ordinals, base } = this.#options;
    const isTest = runnable.type === "test";
    if (runnable.type === undefined) this.hasStrayError = true;
    const isNew = isTest && !this.#done.has(runnable);
    const status = isTest ? "failed" : "errored";
    const described = describeError(error, base);
    // A test that fails after its end, say because it calls back twice, has had its result: this is another one.
    const identity = this.#identify(runnable, isNew ? ordinals.of(runnable) : ordinals.another(runnable));
    const result: CaseResult = { ...identity, status, ...described };
    const bad = { status, name: result.path.join(" > "), message: described.message, isTimeout: isTimeout(error) } as const;
    if (this.#held?.test === runnable) this.#held = undefined;
    this.#release();
    this.#held = { test: runnable, result, bad };
    // Nothing else will come of a hook, nor of a test that was done with.
    if (!isNew) this.#release();
  }

  #release(): void {
    const { task, send } = this.#options;
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#done.add(held.test);
    this.cases += 1;
    if (held.result.status === "passed") this.passed += 1;
    if (held.bad !== undefined) this.bad.push(held.bad);
    send({ type: "case", id: task.id, result: held.result });
  }

  #identify(runnable: Runnable, ordinal: number) {
    return {
      path: pathOf(runnable),
      ordinal,
      duration_ms: Math.max(0, runnable.duration ?? 0),
      retries: Math.max(0, runnable.currentRetry()),
      ...this.#placeOf(runnable),
    };
  }

  #placeOf(runnable: Runnable) {
    const { places, task } = this.#options;
    return places.placeOf(runnable, task.file);
  }
}
