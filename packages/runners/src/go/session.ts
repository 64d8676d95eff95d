import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { delimiter, join, posix } from "node:path";
import { type CaseResult, cutText, reasonOf } from "@shardwright/core";
import { ChosenCases } from "../process/case-choice.ts";
import { startChild, type Child, type ChildExit } from "../process/child.ts";
import { EventQueue } from "../process/event-queue.ts";
import type { CaseChoice, RunnerEvent, RunnerSession, SessionOptions, SessionTask, TaskOutcome } from "../runner.ts";
import { type Built, buildUntested } from "./build.ts";
import { makeBuildPlace } from "./build-place.ts";
import type { BuilderClient } from "./builder.ts";
import { CaseCollector } from "./case-collector.ts";
import { coverProfileFor } from "./cover-profile.ts";
import type { GoLine } from "./go-line.ts";
import { listPackages, untestedAmong } from "./listing.ts";
import { outcomeOf } from "./outcome.ts";
import { parseTaskArguments } from "./task-arguments.ts";
import { invocationsFor, type TestFlags } from "./test-patterns.ts";
import { findTestPlaces, type TestPlace } from "./test-places.ts";
import type { Toolchain } from "./toolchain.ts";
import { listTopLevel } from "./top-level.ts";

const stopGrace_ms = 2000;
/** What the tests of one package print is passed on up to here. */
const outputLimit_bytes = 64 * 1024 * 1024;
/** From this version on, frames are marked, so that nothing tests print is taken for one. */
const markedFrom = 20;

/** What a session was opened with. */
export interface GoSessionOptions {
  readonly session: SessionOptions;
  readonly toolchain: Toolchain;
  readonly line: GoLine;
  readonly builder: BuilderClient;
  /** Leaves the builder. */
  readonly leave: () => Promise<void>;
}

/** Runs the test binaries of packages, one after the other; those to come are built meanwhile. */
export class GoSession implements RunnerSession {
  readonly #options: GoSessionOptions;
  readonly #closing = new AbortController();
  #child: Child | undefined;

  constructor(options: GoSessionOptions) {
    this.#options = options;
  }

  get usable(): boolean {
    return !this.#closing.signal.aborted;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    const { builder, session } = this.#options;
    const folders = tasks.map(({ file }) => posix.relative(session.directory, file) || ".");
    const expect = (from: number) => builder.expect(folders.filter((_, at) => at >= from && !isUntested(tasks[at])));
    expect(0);
    try {
      for (const [index, task] of tasks.entries()) {
        const folder = folders[index] ?? ".";
        if (isUntested(task)) {
          const result = await this.#buildUntested(task);
          if (!this.usable) return;
          // How long it was built says nothing about how long it may be.
          yield { type: "started", id: task.id };
          yield { type: "finished", id: task.id, result };
          continue;
        }
        let over = () => {};
        try {
          const built = await builder.acquire(folder, this.#closing.signal);
          if (built === undefined || !this.usable) return;
          over = await this.#turn();
          if (!this.usable) return;
          // From here on time counts: what was built is there for whoever runs it next.
          yield { type: "started", id: task.id };
          const queue = new EventQueue<RunnerEvent>();
          const finished = this.#run(task, built, queue).finally(() => queue.end());
          yield* queue;
          const result = await finished;
          // What tests that we ended ourselves came to says nothing about them.
          if (!this.usable) return;
          yield { type: "finished", id: task.id, result };
        } finally {
          over();
          // First, so that what failed is not built again for a task that is over.
          expect(index + 1);
          builder.release(folder);
        }
      }
    } finally {
      builder.expect([]);
    }
  }

  async close(mode: "graceful" | "soon" | "now"): Promise<undefined> {
    this.#closing.abort();
    await this.#child?.stop(mode === "graceful" ? stopGrace_ms : 0);
    await this.#options.leave();
  }

  /** Waits for it, but for no longer than the session lives. */
  async #turn(): Promise<() => void> {
    const turn = this.#options.builder.turn();
    const { signal } = this.#closing;
    const closing = Promise.withResolvers<void>();
    const end = () => closing.resolve();
    signal.addEventListener("abort", end, { once: true });
    await Promise.race([turn, closing.promise]);
    signal.removeEventListener("abort", end);
    return () => void turn.then((over) => over());
  }

  /** Packages without tests are only built. */
  async #buildUntested({ args }: SessionTask): Promise<TaskOutcome> {
    const { toolchain, line } = this.#options;
    const { signal } = this.#closing;
    try {
      const packages = await listPackages(toolchain, line.build, parseTaskArguments(args).untested, signal);
      const folders = untestedAmong(packages).map(({ folder }) => folder);
      const place = await makeBuildPlace(toolchain.environment);
      const problem = await buildUntested({ toolchain, build: line.build, folders, place: join(place, "untested"), signal });
      await rm(place, { recursive: true, force: true });
      // There was no test.
      if (problem === undefined) return { outcome: "skipped" };
      return {
        outcome: "errored",
        failure: { kind: "setup-error", message: cutText(`Packages without tests:\n${problem}`, 3900) },
      };
    } catch (error) {
      return { outcome: "errored", failure: { kind: "runner-error", message: cutText(reasonOf(error), 3900) } };
    }
  }

  async #run(task: SessionTask, built: Built, queue: EventQueue<RunnerEvent>): Promise<TaskOutcome> {
    const print = (text: string) => queue.push({ type: "output", id: task.id, chunk: Buffer.from(text) });
    if (built.kind === "none") {
      print("The package has no tests here: none of its test files is part of the build.\n");
      return { outcome: "skipped" };
    }
    if (built.kind === "failed") {
      print(`${built.message}\n`);
      return { outcome: "errored", failure: { kind: "setup-error", message: cutText(built.message, 3900) } };
    }
    try {
      return await this.#runBinary(task, built, queue);
    } catch (error) {
      return { outcome: "errored", failure: { kind: "runner-error", message: cutText(reasonOf(error), 3900) } };
    }
  }

  async #runBinary(
    task: SessionTask,
    built: Extract<Built, { kind: "binary" }>,
    queue: EventQueue<RunnerEvent>,
  ): Promise<TaskOutcome> {
    const { session, line } = this.#options;
    const given = parseTaskArguments(task.args);
    const folder = join(session.workspace, task.file);
    const places = await findTestPlaces(folder, built.testFiles);
    const flags: TestFlags = new Map([...line.tests, ...given.tests]);
    // What an attempt before it has covered went with that one.
    const { finished, ...whole } = task;
    const choice = line.coverProfile === undefined ? { ...whole, finished } : whole;
    const cases = await this.#casesIn({ ...choice, files: given.files }, built.path, folder, flags, places);
    const run: CaseResult[] = [];
    const onCase = (result: CaseResult) => {
      run.push(result);
      queue.push({ type: "case", id: task.id, result });
    };
    const collector = new CaseCollector({ folder: task.file, places, processors: this.#processors(flags), onCase });
    const onOutput = boundedOutput((chunk) => queue.push({ type: "output", id: task.id, chunk }), collector);
    let total: TaskOutcome = { outcome: "skipped" };
    for (const [part, chosen] of invocationsFor(flags, cases).entries()) {
      if (!this.usable) break;
      if (part > 0) collector.restart();
      const first = run.length;
      const exit = await this.#start(built.path, folder, this.#argumentsFor(task, chosen, part), onOutput);
      collector.end();
      total = worse(
        total,
        conclude(collector, exit, () => run.slice(first)),
      );
    }
    return total;
  }

  /** The tests that are named, or that some files define, without those to be left out; undefined where all run. */
  async #casesIn(
    { files, cases, except, finished }: { readonly files: readonly string[] } & CaseChoice,
    binary: string,
    folder: string,
    flags: TestFlags,
    places: ReadonlyMap<string, TestPlace>,
  ): Promise<readonly (readonly string[])[] | undefined> {
    if (finished === undefined && cases !== undefined) return cases;
    if (files.length === 0 && except === undefined && finished === undefined) return undefined;
    const environment = this.#environmentIn(folder);
    const all = await listTopLevel({
      binary,
      folder,
      environment,
      flags,
      exec: this.#options.line.exec,
      signal: this.#closing.signal,
    });
    const isChosen = (name: string) => files.length === 0 || files.includes(places.get(name)?.file ?? "");
    const chosen = new ChosenCases({ ...(cases === undefined ? { except } : { cases }), finished });
    chosen.know(all.map((name) => ({ path: [name] })));
    // A name that is asked for is run, and missed, where it is not there.
    const [gone] = cases === undefined ? chosen.missingFrom([]) : [];
    if (gone !== undefined) throw new Error(`The package has no test ${gone.join("/")} any more, which was finished before.`);
    const named = cases ?? all.filter(isChosen).map((name) => [name]);
    return named.filter((path) => chosen.has(path));
  }

  #argumentsFor(task: SessionTask, flags: TestFlags, part: number): string[] {
    const { line, toolchain } = this.#options;
    const all = new Map([["timeout", "10m0s"], ...flags]);
    all.set("v", toolchain.minor >= markedFrom ? "test2json" : "true");
    if (line.coverProfile !== undefined) all.set("coverprofile", coverProfileFor(line.coverProfile, toolchain.suite, task, part));
    return ["-test.paniconexit0", ...[...all].map(([name, value]) => `-test.${name}=${value}`), ...line.rest];
  }

  async #start(
    binary: string,
    folder: string,
    args: readonly string[],
    onOutput: (chunk: Uint8Array) => void,
  ): Promise<ChildExit> {
    const [command = binary, ...rest] = [...this.#options.line.exec, binary, ...args];
    const environment = this.#environmentIn(folder);
    const child = startChild({ command, args: rest, cwd: folder, environment, guarded: true, merged: true, onOutput });
    this.#child = child;
    try {
      return await child.exited;
    } finally {
      this.#child = undefined;
    }
  }

  /** As the go command has it: its own programs come first. */
  #environmentIn(folder: string): Record<string, string> {
    return testEnvironment(this.#options.session.environment, this.#options.toolchain, folder);
  }

  #processors(flags: TestFlags): number[] {
    const listed = flags.get("cpu")?.split(",") ?? [this.#options.session.environment["GOMAXPROCS"] ?? availableParallelism()];
    return listed.map(Number);
  }
}

function isUntested(task: SessionTask | undefined): boolean {
  return task?.args.some((arg) => arg.startsWith("-untested=")) === true;
}

/** The environment that the go command gives to a test binary. */
export function testEnvironment(
  environment: Readonly<Record<string, string>>,
  { goroot }: Toolchain,
  folder: string,
): Record<string, string> {
  const name =
    Object.keys(environment).find((key) => (process.platform === "win32" ? key.toUpperCase() : key) === "PATH") ?? "PATH";
  const path = environment[name];
  const own = join(goroot, "bin");
  return { ...environment, [name]: path === undefined || path === "" ? own : `${own}${delimiter}${path}`, PWD: folder };
}

function conclude(collector: CaseCollector, exit: ChildExit, cases: () => readonly CaseResult[]): TaskOutcome {
  const { conclusion, panic, outside } = collector;
  // By its own word, all its tests passed: an end that is missing was lost in what they printed.
  const isWhole = conclusion === true && exit.code === 0;
  const isTimeout = panic?.startsWith("panic: test timed out after ") === true;
  const why =
    panic ??
    (exit.signal === null
      ? `The test binary exited with code ${exit.code} in this test.`
      : `The test binary was ended by ${exit.signal} in this test.`);
  const open = collector.settle(isWhole ? "passed" : isTimeout ? "failed" : "errored", why);
  return outcomeOf(cases(), { exit, conclusion, panic, outside, interrupted: isWhole ? 0 : open });
}

const ranks = { skipped: 0, passed: 1, cancelled: 2, failed: 3, errored: 4 } as const;

function worse(left: TaskOutcome, right: TaskOutcome): TaskOutcome {
  return ranks[right.outcome] > ranks[left.outcome] ? right : left;
}

/** Hands output to the collector, and on, without the signs that mark frames, up to a limit. */
function boundedOutput(pass: (chunk: Uint8Array) => void, collector: CaseCollector): (chunk: Uint8Array) => void {
  let room = outputLimit_bytes;
  return (chunk) => {
    collector.push(chunk);
    const plain = chunk.includes(0x16) ? chunk.filter((byte) => byte !== 0x16) : chunk;
    if (room > 0) pass(plain.subarray(0, room));
    room -= plain.length;
  };
}
