import type { AssertionResult } from "@jest/test-result";
import type { Circus } from "@jest/types";
import type { CaseResult } from "@shardwright/core";
import { chosenCases } from "../../process/case-choice.ts";
import type { CaseChoice, ListedCase } from "../../runner.ts";
import { pathOf, toCaseResult, type CaseIdentity, type ReportedCase } from "./case-results.ts";
import { lineOf, lineOfSpent } from "./line-of.ts";

export interface RecordingOptions extends CaseChoice {
  /** Absolute path of the test file. */
  readonly path: string;
  /** The same, relative to the workspace. */
  readonly file: string;
  /** Nothing is to run: the cases are only listed. */
  readonly lists?: boolean;
  readonly announce: (identity: CaseIdentity) => void;
  readonly emit: (result: CaseResult) => void;
}

/** The part of a test environment that matters here. */
export interface Environment {
  readonly global: object;
  handleTestEvent?: (event: Circus.Event, state: Circus.State) => unknown;
}

const retryTimes = Symbol.for("RETRY_TIMES");

/**
 * What jest-circus tells of the tests of one file while they run: which there are, in the order of their definition, and how each ends.
 * Each result is emitted once, as soon as it cannot change any more.
 */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #identities = new Map<Circus.TestEntry, CaseIdentity>();
  /** Not among the cases to run. */
  readonly #left = new Set<Circus.TestEntry>();
  /** Tests that have ended, by name, until their results are told. */
  readonly #ended = new Map<string, Circus.TestEntry[]>();
  readonly #emitted = new Map<Circus.TestEntry, CaseResult>();
  #announced: Circus.TestEntry | undefined;
  /** Tests in the order of the final results. */
  #order: readonly Circus.TestEntry[] = [];
  #missing: readonly (readonly string[])[] = [];
  #state: (Circus.State & { readonly describeRetryOptions?: WeakMap<object, unknown> }) | undefined;
  #hasFinished = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Whether jest-circus was heard at all: other test frameworks tell only how all ended. */
  get hasStarted(): boolean {
    return this.#state !== undefined;
  }

  /** Cases that were asked for and that the file does not define. */
  get missing(): readonly (readonly string[])[] {
    return this.#missing;
  }

  /** The cases that the file defines, in their order. */
  get listed(): ListedCase[] {
    return [...this.#identities.values()].map(({ path, line }) => ({ path, ...(line === undefined ? {} : { line }) }));
  }

  /** Has the environment pass on what it is told, after what it does with it itself. */
  watch(environment: Environment): void {
    const own = environment.handleTestEvent?.bind(environment);
    environment.handleTestEvent = (event, state) => {
      this.#onEvent(event, state, environment);
      return own?.(event, state);
    };
  }

  /** Takes the result of a test that has just ended. */
  hear(result: ReportedCase, environment: Environment): void {
    const test = this.#ended.get(keyOf([...result.ancestorTitles, result.title]))?.shift();
    if (test !== undefined && this.#isFinal(test, result, environment)) this.#emit(test, result, environment);
  }

  /**
   * Emits what has not been yet. @returns failures that came to light only after their case had been reported as passed
   */
  finish(results: readonly AssertionResult[]): AssertionResult[] {
    if (!this.#hasFinished) {
      this.#emitUnwatched(results);
      return [];
    }
    const late: AssertionResult[] = [];
    results.forEach((result, index) => {
      const test = this.#order[index];
      if (test === undefined || this.#left.has(test)) return;
      const emitted = this.#emitted.get(test);
      if (emitted === undefined) this.#emit(test, result);
      else if (result.status === "failed" && emitted.status !== "failed") late.push(result);
    });
    return late;
  }

  #onEvent(event: Circus.Event, state: Circus.State, environment: Environment): void {
    if (event.name === "run_start") {
      this.#state = state;
      this.#start(testsIn(state.rootDescribeBlock));
    } else if (event.name === "test_started" || event.name === "test_fn_start") this.#announce(event.test);
    else if (event.name === "test_done" || event.name === "test_todo") this.#expectResult(event.test);
    else if (event.name === "test_skip") this.#onSkip(event.test, environment);
    else if (event.name === "run_finish") {
      this.#order = testsIn(state.rootDescribeBlock);
      this.#hasFinished = true;
      // Jest forgets its source maps next.
      for (const test of this.#order) this.#place(test);
    }
  }

  #start(tests: readonly Circus.TestEntry[]): void {
    const { file, lists } = this.#options;
    const ordinals = new Map<string, number>();
    for (const test of tests) {
      const titles = pathOf(titlesOf(test));
      const key = keyOf(titles);
      const ordinal = ordinals.get(key) ?? 0;
      ordinals.set(key, ordinal + 1);
      this.#identities.set(test, { path: titles, ordinal, file });
    }
    const chosen = chosenCases(this.#options);
    chosen?.know(this.#identities.values());
    this.#missing = chosen?.missingFrom([...this.#identities.values()].map(({ path }) => path)) ?? [];
    for (const [test, identity] of this.#identities) {
      if (lists !== true && chosen?.has(identity.path) !== false) continue;
      this.#left.add(test);
      // As if it were marked so: its hooks do not run, and its snapshots are not taken for obsolete.
      test.mode = "skip";
    }
  }

  #announce(test: Circus.TestEntry): void {
    const identity = this.#identities.get(test);
    if (identity === undefined || this.#announced === test) return;
    this.#announced = test;
    this.#options.announce(identity);
  }

  #expectResult(test: Circus.TestEntry): void {
    const key = keyOf(titlesOf(test));
    const waiting = this.#ended.get(key);
    if (waiting === undefined) this.#ended.set(key, [test]);
    else waiting.push(test);
  }

  #onSkip(test: Circus.TestEntry, environment: Environment): void {
    const titles = titlesOf(test);
    const result: ReportedCase = {
      ancestorTitles: titles.slice(0, -1),
      title: titles.at(-1) ?? "",
      status: "pending",
      failureMessages: [],
    };
    if (this.#isFinal(test, result, environment)) this.#emit(test, result);
  }

  /** Jest may run a test that failed again, and, from 30.5 on, a whole group of tests of which one failed. */
  #isFinal(test: Circus.TestEntry, { status, invocations }: ReportedCase, environment: Environment): boolean {
    for (let block: Circus.DescribeBlock | undefined = test.parent; block !== undefined; block = block.parent)
      if (this.#state?.describeRetryOptions?.has(block) === true) return false;
    if (status !== "failed") return true;
    const times = Number.parseInt(String((environment.global as Record<symbol, unknown>)[retryTimes]), 10) || 0;
    return (invocations ?? 1) > times;
  }

  /** @param environment where the test's own code may still run; absent once it may be gone */
  #emit(test: Circus.TestEntry, result: ReportedCase, environment?: Environment): void {
    const identity = this.#place(test, result.status === "passed" ? environment?.global : undefined);
    if (identity === undefined || this.#left.has(test) || this.#emitted.has(test)) return;
    const emitted = toCaseResult({ ...result, failing: test.failing }, identity);
    this.#emitted.set(test, emitted);
    this.#options.emit(emitted);
  }

  /**
   * Only when the test has ended: the first look at a stack fixes its text, and jest may yet want to put a message in it.
   * @param realm of a test that has passed, the stack of which is of no other use
   */
  #place(test: Circus.TestEntry, realm?: object): CaseIdentity | undefined {
    const identity = this.#identities.get(test);
    if (identity === undefined || identity.line !== undefined) return identity;
    const { path } = this.#options;
    const error = test.asyncError as Error | undefined;
    const line = realm === undefined ? lineOf(error?.stack, path) : lineOfSpent(error, path, realm);
    const placed = line === undefined ? identity : { ...identity, line };
    this.#identities.set(test, placed);
    return placed;
  }

  #emitUnwatched(results: readonly AssertionResult[]): void {
    const ordinals = new Map<string, number>();
    for (const result of results) {
      const path = pathOf([...result.ancestorTitles, result.title]);
      const ordinal = ordinals.get(keyOf(path)) ?? 0;
      ordinals.set(keyOf(path), ordinal + 1);
      const line = result.location?.line;
      const { file } = this.#options;
      this.#options.emit(toCaseResult(result, { path, ordinal, file, ...(line === undefined || line < 1 ? {} : { line }) }));
    }
  }
}

/** In the order of definition, or in that of the results once the tests have run. */
function testsIn(block: Circus.DescribeBlock): Circus.TestEntry[] {
  return block.children.flatMap((child) => (child.type === "describeBlock" ? testsIn(child) : [child]));
}

function titlesOf(test: Circus.TestEntry): string[] {
  const titles = [test.name];
  // The outermost block is the file's, and has no name of its own.
  for (let block: Circus.DescribeBlock = test.parent; block.parent !== undefined; block = block.parent)
    titles.unshift(block.name);
  return titles;
}

function keyOf(titles: readonly string[]): string {
  return JSON.stringify(titles);
}
