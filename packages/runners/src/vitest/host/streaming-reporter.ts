import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { chosenCases, type ChosenCases } from "../../process/case-choice.ts";
import { sendToParent } from "../../process/host-channel.ts";
import { keyOf } from "./case-path.ts";
import { groupOutcomeOf, outcomeOf } from "./module-outcome.ts";
import type { ReportedError } from "./case-results.ts";
import { pathOf, toCaseResult } from "./case-results.ts";
import type { CaseChoice, TaskOutcome } from "../../runner.ts";
import type { FinishedRun } from "./typecheck-runs.ts";

type ConsoleLog = Parameters<NonNullable<Reporter["onUserConsoleLog"]>>[0];

/** The task that runs. */
export interface ReportedTask extends CaseChoice {
  readonly id: number;
  readonly file: string;
}

/** No message is longer than this, in characters. */
const outputPart = 1_000_000;

/** Sends the cases of the task that runs as vitest reports them. */
export class StreamingReporter implements Reporter {
  #vitest: Vitest | undefined;
  #task: ReportedTask | undefined;
  #chosen: ChosenCases | undefined;
  #modules: TestModule[] = [];
  #unhandled: readonly ReportedError[] = [];
  #ordinals = new Map<string, number>();
  #sent = new Set<string>();
  #lastRun: FinishedRun = { modules: [], unhandled: [] };

  /** Told of what a run has covered, where that is measured. */
  onCoverage: (covered: unknown) => void = () => {};

  begin(task: ReportedTask, vitest: Vitest): void {
    this.#vitest = vitest;
    this.#task = task;
    this.#chosen = chosenCases(task);
    this.#modules = [];
    this.#unhandled = [];
    this.#ordinals.clear();
    this.#sent.clear();
  }

  get lastRun(): FinishedRun {
    return this.#lastRun;
  }

  /** Has a run that is over count for the task: what it found in the task's file, and what it found outside any. */
  adopt({ modules, unhandled }: FinishedRun, path: string): void {
    this.#modules = modules.filter((module) => module.moduleId === path);
    this.#unhandled = unhandled;
  }

  /** Sends what is left and gives the verdict. `thrown`: what the run itself threw. */
  end(thrown: ReportedError | undefined): TaskOutcome {
    for (const module of this.#modules) this.#sendRest(module);
    this.#task = undefined;
    const ignores = this.#vitest?.config.dangerouslyIgnoreUnhandledErrors === true;
    const outside = [...(thrown === undefined ? [] : [thrown]), ...(ignores ? [] : this.#unhandled)];
    const outcome = outcomeOf(this.#modules, outside, (this.#vitest?.config.bail ?? 0) > 0);
    return this.#chosen === undefined ? outcome : groupOutcomeOf(this.#chosen, this.#modules, outcome);
  }

  onTestModuleQueued(module: TestModule): void {
    this.#keep(module);
  }

  onTestModuleCollected(module: TestModule): void {
    this.#keep(module);
    this.#number(module);
  }

  onTestCaseResult(testCase: TestCase): void {
    this.#send(testCase);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#keep(module);
    this.#sendRest(module);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const module of modules) this.#keep(module);
    this.#unhandled = unhandled as readonly ReportedError[];
    this.#lastRun = { modules, unhandled: this.#unhandled };
  }

  /** Vitest catches the console of its workers. */
  onUserConsoleLog(log: ConsoleLog): void {
    const config = this.#vitest?.config;
    if (config?.silent === true) return;
    const task = log.taskId === undefined ? undefined : this.#vitest?.state.idMap.get(log.taskId);
    const entity = task === undefined ? undefined : this.#vitest?.state.getReportedEntity(task);
    if (config?.onConsoleLog?.(log.content, log.type, entity) === false) return;
    for (let start = 0; start < log.content.length; start += outputPart)
      this.#print(log.content.slice(start, start + outputPart));
  }

  #print(text: string): void {
    if (this.#task !== undefined) sendToParent({ type: "output", id: this.#task.id, text });
  }

  #keep(module: TestModule): void {
    const index = this.#modules.findIndex((known) => known.moduleId === module.moduleId);
    if (index === -1) this.#modules.push(module);
    else this.#modules[index] = module;
  }

  /** In the order of definition, so that the numbers are the same in each attempt whatever ends first. */
  #number(module: TestModule): void {
    this.#chosen?.know(Array.from(module.children.allTests(), (testCase) => ({ path: pathOf(testCase) })));
    const seen = new Map<string, number>();
    for (const testCase of module.children.allTests()) {
      const key = keyOf(pathOf(testCase));
      const ordinal = seen.get(key) ?? 0;
      seen.set(key, ordinal + 1);
      this.#ordinals.set(testCase.id, ordinal);
    }
  }

  #sendRest(module: TestModule): void {
    if (this.#ordinals.size === 0) this.#number(module);
    for (const testCase of module.children.allTests()) this.#send(testCase);
  }

  #send(testCase: TestCase): void {
    const task = this.#task;
    if (task === undefined || this.#sent.has(testCase.id)) return;
    if (this.#chosen?.has(pathOf(testCase)) === false) return;
    this.#sent.add(testCase.id);
    sendToParent({ type: "case", id: task.id, result: toCaseResult(testCase, task.file, this.#ordinals.get(testCase.id) ?? 0) });
  }
}
