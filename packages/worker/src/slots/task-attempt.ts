import { measurementNotesLimit, metricsLimit, type CaseResult, type Failure, type Lease, type TaskPart } from "@shardwright/core";
import type { CaseChoice, SessionTask, TaskOutcome } from "@shardwright/runners";
import { BoundedOutput } from "../output/bounded-output.ts";
import type { Collected } from "../artifacts/collector.ts";
import { LiveOutput } from "../output/live-output.ts";
import type { SideChannel } from "../metrics/side-channel.ts";
import type { OutputSender } from "../output/output-sender.ts";
import type { SecretMask } from "../output/secrets.ts";
import { identityOf, type AttemptIdentity, type Outbox } from "../results/outbox.ts";
import { cleanCase, cleanFailure, droppedNote } from "./clean-case.ts";

/** The longest time a timer of the platform can be set to, 24 days. */
const longestTimer_ms = 2 ** 31 - 1;

/** The cases of a part of a file, with what runs inside of them. */
class PartCases {
  readonly #named: ReadonlySet<string>;
  readonly #isNamed: boolean;
  readonly #seen = new Set<string>();

  constructor(part: TaskPart) {
    this.#isNamed = "cases" in part;
    this.#named = new Set(("cases" in part ? part.cases : part.except).map((path) => JSON.stringify(path)));
  }

  has(path: readonly string[]): boolean {
    return path.some((_, depth) => this.#named.has(JSON.stringify(path.slice(0, depth + 1)))) === this.#isNamed;
  }

  /** One of them was run. */
  note(path: readonly string[]): void {
    this.#seen.add(JSON.stringify(path));
  }

  /** Whether all were run, as far as they are named. */
  get isComplete(): boolean {
    return this.#isNamed ? [...this.#named].every((key) => this.#seen.has(key)) : this.#seen.size > 0;
  }
}

/** One execution of one task by this worker: what it printed and reported so far. */
export class TaskAttempt {
  readonly sessionTask: SessionTask;
  readonly timeout_ms: number;
  /** Until it has started: what it waits for (a web server, its turn) says nothing about how long it takes. */
  readonly startLimit_ms: number;
  /** The timeout comes from what the task took before. */
  readonly isLearned: boolean;
  /** By the task's own history; undefined where it has none. */
  readonly expected_ms: number | undefined;
  readonly #identity: AttemptIdentity;
  readonly #outbox: Outbox;
  readonly #mask: SecretMask;
  readonly #output: BoundedOutput;
  readonly #live: LiveOutput;
  readonly #sender: OutputSender | undefined;
  readonly #measured: SideChannel | undefined;
  /** The part whose cases count, where the whole file is run to tell whether they fail. */
  readonly #part: PartCases | undefined;
  /** What the cases of other parts took. */
  #others_ms = 0;
  #badCases = 0;
  #cases = 0;
  /** What tests measured and was left out. */
  readonly #notes = new Set<string>();
  #began: number | undefined;
  #took_ms: number | undefined;
  /** Set when the runner reported something that cannot be passed on: the attempt's result cannot be trusted then. */
  #fault: Failure | undefined;

  constructor(
    lease: Lease,
    leased: Lease["tasks"][number],
    outbox: Outbox,
    mask: SecretMask,
    sender?: OutputSender,
    measured?: SideChannel,
  ) {
    this.#identity = identityOf(lease.run, lease.fence, leased);
    const { file, args, browser, part, repeat } = leased.spec;
    const { finished } = leased;
    this.#part = leased.whole === true && part !== undefined ? new PartCases(part) : undefined;
    this.sessionTask = {
      id: leased.task,
      file,
      args,
      ...(browser !== undefined && { browser }),
      ...(part && this.#part === undefined && choiceOf(part)),
      ...(repeat?.cases && { cases: repeat.cases }),
      ...(finished && { finished }),
    };
    const given_ms = Math.min(leased.spec.timeout_ms ?? lease.options.task_timeout_ms, longestTimer_ms);
    // What is known is how long the part takes.
    this.timeout_ms = this.#part === undefined ? Math.min(given_ms, leased.limit_ms ?? given_ms) : given_ms;
    this.startLimit_ms = given_ms;
    this.isLearned = this.timeout_ms < given_ms;
    this.expected_ms = leased.expected_ms;
    this.#outbox = outbox;
    this.#mask = mask;
    this.#live = new LiveOutput(mask);
    this.#sender = sender;
    this.#measured = measured;
    this.#output = new BoundedOutput(lease.options.output_limit_bytes, mask);
  }

  /** It is this task's turn: what passes from now on counts, should its start never be reported. */
  expect(): void {
    this.#began ??= performance.now();
  }

  start(): void {
    this.#began = performance.now();
    this.#outbox.started(this.#identity);
  }

  print(chunk: Uint8Array): void {
    this.#output.push(chunk);
    if (this.#sender === undefined) return;
    this.#live.push(chunk);
    this.#sender.note(this.#live, this.#identity);
  }

  /** Reports a case. Await the promise, if one comes back, before reading on. */
  addCase(result: CaseResult, dropped: readonly string[] = []): Promise<void> | undefined {
    if (this.#part !== undefined && !this.#part.has(result.path)) {
      this.#others_ms += result.duration_ms;
      return undefined;
    }
    this.#part?.note(result.path);
    if (result.status === "failed" || result.status === "errored") this.#badCases += 1;
    const cleaned = cleanCase(this.#withMeasured(result), this.#mask);
    if (cleaned === undefined) {
      this.#fault = { kind: "runner-error", message: "The runner reported a case that is not valid." };
      return undefined;
    }
    this.#cases += 1;
    const left = [...dropped, ...cleaned.dropped];
    if (left.length > 0) this.#notes.add(droppedNote(cleaned.result, left, this.#mask));
    return this.#outbox.addCase(this.#identity, this.#cases - 1, cleaned.result);
  }

  /** It is over; what follows until it is finished does not count. */
  stop(): void {
    this.#took_ms ??= this.#began === undefined ? 0 : Math.round((performance.now() - this.#began) * 1000) / 1000;
  }

  /** @param files what it left behind */
  finish(ended: TaskOutcome, files?: Collected): void {
    this.stop();
    const { outcome, failure, metrics = [] } = this.#ofPart(ended);
    this.#sender?.drop(this.#live);
    const measured = this.#measured?.rest(this.sessionTask.file) ?? { metrics: [], notes: [] };
    const notes = measured.notes.map((note) => this.#mask.text(note));
    for (const note of notes) this.#output.push(Buffer.from(`shardwright: ${note}\n`));
    const wrong = this.#fault ?? failure;
    this.#outbox.finished(this.#identity, this.#cases, {
      outcome: this.#fault === undefined ? outcome : "errored",
      duration_ms: this.#ownTime_ms,
      failure: wrong === undefined ? undefined : cleanFailure(wrong, this.#mask),
      metrics: [...metrics, ...measured.metrics].slice(0, metricsLimit),
      log: this.#output.read(),
      files,
      measurement_notes: [...this.#notes, ...notes].slice(0, measurementNotesLimit),
    });
  }

  /** Without the cases of other parts, unless those ran side by side. */
  get #ownTime_ms(): number {
    const took_ms = this.#took_ms ?? 0;
    return this.#others_ms < took_ms ? took_ms - this.#others_ms : took_ms;
  }

  /** What the end of the whole file says of the part: nothing is wrong with it where nothing is but cases of other parts. */
  #ofPart(ended: TaskOutcome): TaskOutcome {
    if (this.#part?.isComplete !== true || this.#badCases > 0 || ended.failure?.complete !== true) return ended;
    return { ...ended, outcome: "passed", failure: undefined };
  }

  /** A case with what it wrote about itself, beside what its framework says it measured. */
  #withMeasured(result: CaseResult): CaseResult {
    const measured = this.#measured?.forCase(this.sessionTask.file, result) ?? [];
    if (measured.length === 0) return result;
    return { ...result, metrics: [...(result.metrics ?? []), ...measured].slice(0, metricsLimit) };
  }

  release(reason: string): void {
    this.#sender?.drop(this.#live);
    this.#outbox.released(this.#identity, reason);
  }
}

function choiceOf(part: TaskPart): CaseChoice {
  return "cases" in part ? { cases: part.cases } : { except: part.except };
}
