import { resolve } from "node:path";
import type { TaskOutcome } from "../../runner.ts";
import { applyChanges } from "../../process/environment-changes.ts";
import { chosenCases } from "../../process/case-choice.ts";
import { cut, type HostRequest, type InterruptibleRequest, onRequest, sendToParent } from "../../process/host-channel.ts";
import { parseTaskArguments, type TaskArguments } from "../task-arguments.ts";
import type { CoverageKeeper } from "../../measuring/keep.ts";
import { CaseReporter } from "./case-reporter.ts";
import { describeError, messageOf } from "./case-texts.ts";
import { applyOnly, casesIn, Ordinals, selectCases, wouldRun } from "./case-tree.ts";
import { DefinitionPlaces } from "./definition-places.ts";
import { keepLateTestsOnce } from "./late-tests.ts";
import type { HostConfiguration, SetUp } from "./load-mocha.ts";
import type { MochaInstance, MochaRunner } from "./mocha-api.ts";
import { outcomeOf } from "./outcome.ts";
import type { MochaProject } from "./project.ts";

/** `setUp`: what was set up for it and is new to this process. */
type RunRequest = Extract<HostRequest, { type: "run" }> & { readonly setUp?: SetUp };

/** The real ones: a test may leave others in their place. */
const { setTimeout, setImmediate } = globalThis;

const messageLimit = 3900;

/** The file that runs. */
interface Current {
  readonly task: RunRequest;
  readonly reporter: CaseReporter;
  mocha?: MochaInstance;
  runner?: MochaRunner;
  /** With `delay`: nobody has called `run()` yet. */
  isHeld: boolean;
}

/** Runs the files it is told to, one at a time, each as a worker of mocha's would. */
export class MochaServer {
  readonly #host: HostConfiguration;
  readonly #project: MochaProject;
  /** Files that failed here: what broke them may still be there, so they are not run here again. */
  readonly #failed = new Set<string>();
  #current: Current | undefined;
  readonly #coverage: CoverageKeeper | undefined;

  constructor(host: HostConfiguration, project: MochaProject, coverage?: CoverageKeeper) {
    this.#host = host;
    this.#project = project;
    this.#coverage = coverage;
  }

  serve(): void {
    let last = Promise.resolve();
    const interrupt = () => void this.#current?.runner?.abort();
    const channel = onRequest<InterruptibleRequest>((request) => {
      if (request.type === "interrupt") return interrupt();
      last = last.then(() => (request.type === "exit" ? this.#leave() : this.#take(request, channel)));
    }, interrupt);
    process.on("beforeExit", () => this.#onNothingLeft());
    process.on("uncaughtExceptionMonitor", (error) => this.#onUncaught(error));
  }

  #leave(): Promise<never> {
    return this.#project.fixtures.leave(() => this.#coverage?.keepLast());
  }

  async #take(task: RunRequest, channel: ReturnType<typeof onRequest>): Promise<void> {
    if (this.#failed.has(task.file)) {
      sendToParent({ type: "retire" });
      return this.#leave();
    }
    sendToParent({ type: "started", id: task.id });
    if (task.setUp !== undefined) applyChanges(task.setUp.environment);
    const problem = await this.#project.setUp();
    if (problem !== undefined) {
      sendToParent({ type: "retire" });
      sendToParent({ type: "finished", id: task.id, result: errored("setup-error", problem) });
      return this.#leave();
    }
    // What the file waits for must keep the process, as it does mocha's: a test that waits for nothing would go on for ever.
    channel.unref();
    const { result: outcome, isSpent } = await this.#run(task);
    const result = this.#coverage?.keep(outcome) ?? outcome;
    channel.ref();
    if (result.outcome === "failed" || result.outcome === "errored") this.#failed.add(task.file);
    if (isSpent) sendToParent({ type: "retire" });
    sendToParent({ type: "finished", id: task.id, result });
    if (isSpent) await this.#leave();
  }

  /** @returns the verdict, and whether the process should serve no other file */
  async #run(task: RunRequest): Promise<{ result: TaskOutcome; isSpent: boolean }> {
    let args: TaskArguments;
    try {
      args = parseTaskArguments(task.args);
    } catch (error) {
      return { result: errored("runner-error", messageOf(error)), isSpent: false };
    }
    const { Mocha, options } = this.#project;
    const base = Mocha.reporters.Base;
    const places = new DefinitionPlaces(this.#host.workspace);
    const ordinals = new Ordinals();
    const reporter = new CaseReporter({ task, base, ordinals, places, send: sendToParent });
    const current: Current = { task, reporter, isHeld: false };
    this.#current = current;
    try {
      process.chdir(this.#host.directory);
      const mocha = this.#project.create(args, (runner, options) => {
        // Keeps the accounts that hooks may look at, like the error of the current test.
        void new base(runner, options);
        reporter.follow(runner);
      });
      places.watch(mocha.suite);
      await this.#project.load(mocha, resolve(this.#host.workspace, task.file));
      const { failures, missing, isEmpty } = await this.#execute(current, mocha, ordinals);
      const { bad, cases, passed, hasStrayError } = reporter;
      mocha.dispose();
      return {
        result: outcomeOf({ failures, missing, isEmpty, bad, cases, passed, hasStrayError, options }),
        isSpent: hasStrayError,
      };
    } catch (error) {
      const { details } = describeError(error, base);
      const message = cut(`${task.file} cannot be loaded: ${messageOf(error)}\n${details}`, messageLimit);
      return { result: { outcome: "failed", failure: { kind: "setup-error", message } }, isSpent: true };
    } finally {
      this.#current = undefined;
    }
  }

  async #execute(current: Current, mocha: MochaInstance, ordinals: Ordinals) {
    const { task } = current;
    let missing: readonly (readonly string[])[] = [];
    let tests = 0;
    const arrange = () => {
      current.isHeld = false;
      mocha.suite.eachTest(() => (tests += 1));
      applyOnly(mocha.suite);
      ordinals.number(mocha.suite);
      // What is to say all that it covers begins anew.
      const chosen = chosenCases(this.#coverage === undefined ? task : { ...task, finished: undefined });
      if (chosen === undefined) return;
      chosen.know(casesIn(mocha.suite));
      keepLateTestsOnce(
        mocha.suite,
        chosen,
        (test) => wouldRun(test, mocha.options),
        () => current.runner?.currentRunnable,
      );
      missing = selectCases(mocha.suite, chosen);
    };
    const isDelayed = this.#project.options["delay"] === true;
    current.isHeld = isDelayed;
    if (isDelayed) mocha.suite.once("run", arrange);
    else arrange();
    current.mocha = mocha;
    const failures = await new Promise<number>((end) => {
      current.runner = mocha.run(end);
    });
    // What the file set going and let go of may fail right after its end.
    await new Promise((go) => setTimeout(go, 0));
    await new Promise((go) => setImmediate(go));
    return { failures, missing, isEmpty: tests === 0 };
  }

  /** Mocha's own process would end here, as if all were done. */
  #onNothingLeft(): void {
    const current = this.#current;
    if (current === undefined) return;
    // Another file than this one may be what calls `run()` in a run of all.
    if (current.isHeld) return current.mocha?.suite.run();
    const what = current.reporter.running ?? current.task.file;
    const message = cut(`Nothing was left to wait for, but ${what} had not ended.`, messageLimit);
    sendToParent({ type: "fatal", kind: "test-timeout", message });
    process.exit(1);
  }

  /** Says why the process ends, if it is going to. */
  #onUncaught(error: unknown): void {
    const { runner, task } = this.#current ?? {};
    if (task === undefined) return sendToParent({ type: "retire" });
    if (runner !== undefined && runner.state !== "stopped" && this.#project.options["allowUncaught"] !== true) return;
    const kind = runner === undefined ? "setup-error" : "assertion";
    const message = cut(`An error that nothing caught: ${messageOf(error)}`, messageLimit);
    sendToParent({ type: "fatal", kind, message });
  }
}

function errored(kind: "runner-error" | "setup-error", message: string): TaskOutcome {
  return { outcome: "errored", failure: { kind, message: cut(message, messageLimit) } };
}
