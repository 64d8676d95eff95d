import { resolve } from "node:path";
import { cutText, reasonOf, type CaseResult, type JunitReport } from "@shardwright/core";
import { startChild, type Child, type ChildExit } from "../process/child.ts";
import { EventQueue } from "../process/event-queue.ts";
import type { RunnerEvent, RunnerSession, SessionOptions, SessionTask } from "../runner.ts";
import { attributeCases } from "./attribute.ts";
import { argumentsFor, batchesOf, type Batch } from "./invocation.ts";
import type { CommandOptions } from "./options.ts";
import { crashOfCommand, outcomeOf, type Ending } from "./outcome.ts";
import { prepareReportPlace, type ReportPlace } from "./report-files.ts";
import { takeTurn, type Turn } from "./turn.ts";

/** What one invocation prints is passed on up to here. */
const outputLimit_bytes = 64 * 1024 * 1024;
const tailLimit_bytes = 64 * 1024;
const stopGrace_ms = 2000;

/** Starts the program anew for each task, or for each batch where its command takes several files. */
export class CommandSession implements RunnerSession {
  readonly #session: SessionOptions;
  readonly #options: CommandOptions;
  /** Aborted when the session is closed. */
  readonly #closing = new AbortController();
  #child: Child | undefined;

  constructor(session: SessionOptions, options: CommandOptions) {
    this.#session = session;
    this.#options = options;
  }

  get usable(): boolean {
    return !this.#closed;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async *execute(tasks: readonly SessionTask[]): AsyncGenerator<RunnerEvent> {
    for (const batch of batchesOf(tasks, this.#options)) {
      if (this.#closed || !(yield* this.#run(batch))) return;
    }
  }

  async close(mode: "graceful" | "soon" | "now"): Promise<undefined> {
    this.#closing.abort();
    await this.#child?.stop(mode === "graceful" ? stopGrace_ms : 0);
  }

  /** Whether all tasks of the batch have their end, so that the next batch may follow. */
  async *#run(batch: Batch): AsyncGenerator<RunnerEvent, boolean> {
    const [first] = batch;
    const { junit, report } = this.#options;
    const suite = resolve(this.#session.workspace, this.#session.directory);
    yield { type: "started", id: first.id };
    let turn: Turn | undefined;
    let place: ReportPlace | undefined;
    try {
      if (junit !== undefined) turn = await takeTurn(suite, this.#closing.signal);
      if (this.#closed) return false;
      place = await prepareReportPlace(suite, junit);
      const printed = new Printed();
      const started_ms = performance.now();
      const exit = yield* this.#start(argumentsFor(this.#options, batch, this.#session, place.junit), suite, batch, printed);
      const duration_ms = performance.now() - started_ms;
      const ending = { exit, tail: printed.tail, trouble: undefined };
      if (report === "exit-code") yield* byExitCode(first, ending, duration_ms);
      else yield* byReport(batch, this.#session, await readEnding(place, ending, this.#options));
      return crashOfCommand(ending) === undefined;
    } catch (error) {
      if (this.#closed) return false;
      const message = cutText(`The place for the command's report could not be used: ${reasonOf(error)}`, 3900);
      yield { type: "finished", id: first.id, result: { outcome: "errored", failure: { kind: "infrastructure", message } } };
      return false;
    } finally {
      await place?.remove().catch(() => {
        // A leftover in the temporary folder is nobody's failure.
      });
      turn?.end();
    }
  }

  async *#start(line: readonly string[], suite: string, batch: Batch, printed: Printed): AsyncGenerator<RunnerEvent, ChildExit> {
    const [command = "", ...args] = line;
    // Several files of one invocation share their output: no task is to blame for it.
    const id = batch.length === 1 ? { id: batch[0].id } : {};
    const queue = new EventQueue<RunnerEvent>();
    const onOutput = (chunk: Uint8Array) => {
      const kept = printed.take(chunk);
      if (kept !== undefined) queue.push({ type: "output", ...id, chunk: kept });
    };
    let child: Child;
    try {
      child = startChild({ command, args, cwd: suite, environment: environmentOf(batch, this.#session), onOutput });
    } catch (error) {
      return { code: null, signal: null, error: error instanceof Error ? error : new Error(reasonOf(error)) };
    }
    this.#child = child;
    // Closed while this start was prepared.
    if (this.#closed) void child.stop(0);
    void child.exited.then(() => queue.end());
    try {
      yield* queue;
      return await child.exited;
    } finally {
      this.#child = undefined;
      await child.stop(0);
    }
  }
}

async function readEnding(
  place: ReportPlace,
  ending: Ending,
  { junit }: CommandOptions,
): Promise<{ readonly ending: Ending; readonly reports: readonly JunitReport[] }> {
  try {
    const reports = await place.read();
    const where = junit === undefined ? "at the path it was given as {junit}" : `that matches ${junit} and is new`;
    const none = `The command exited with code ${ending.exit.code} and left no JUnit report ${where}.`;
    return { ending: { ...ending, trouble: reports.length === 0 ? none : undefined }, reports };
  } catch (error) {
    return { ending: { ...ending, trouble: reasonOf(error) }, reports: [] };
  }
}

function* byReport(
  batch: Batch,
  session: SessionOptions,
  { ending, reports }: { readonly ending: Ending; readonly reports: readonly JunitReport[] },
): Generator<RunnerEvent> {
  const { cases, named } = attributeCases(reports, batch, session);
  const isBad = ({ status }: CaseResult) => status === "failed" || status === "errored";
  const explained = [...cases.values()].flat().some(isBad);
  for (const [index, { id }] of batch.entries()) {
    const own = cases.get(id) ?? [];
    if (index > 0) yield { type: "started", id };
    for (const result of own) yield { type: "case", id, result };
    const isUnnamed = batch.length > 1 && !named.has(id) && ending.trouble === undefined;
    const trouble = isUnnamed
      ? "No case of the batch's report names this file as its `file` or `classname`: use {file} in place of {files} for this program."
      : ending.trouble;
    yield { type: "finished", id, result: outcomeOf(own, { ...ending, trouble }, explained && !own.some(isBad)) };
    // One invocation, one crash: who else ran in it is tried again elsewhere.
    if (crashOfCommand(ending) !== undefined) return;
  }
}

function* byExitCode({ id, file }: SessionTask, ending: Ending, duration_ms: number): Generator<RunnerEvent> {
  const failure = crashOfCommand(ending);
  const hasPassed = failure === undefined && ending.exit.code === 0;
  const message = failure?.message ?? `The command exited with code ${ending.exit.code}.`;
  const result: CaseResult = {
    path: [file],
    ordinal: 0,
    status: failure !== undefined ? "errored" : hasPassed ? "passed" : "failed",
    duration_ms,
    retries: 0,
    ...(hasPassed ? {} : { message }),
    ...(ending.tail === "" ? {} : { output: cutText(ending.tail) }),
  };
  yield { type: "case", id, result };
  if (failure !== undefined) yield { type: "finished", id, result: { outcome: "errored", failure } };
  else if (hasPassed) yield { type: "finished", id, result: { outcome: "passed" } };
  else {
    const exit_code = ending.exit.code ?? -1;
    yield { type: "finished", id, result: { outcome: "failed", failure: { kind: "assertion", message, exit_code } } };
  }
}

/** What an invocation prints: passed on up to a limit, its end kept. */
class Printed {
  #bytes = 0;
  #tail = Buffer.alloc(0);

  /** The part of the chunk to pass on. */
  take(chunk: Uint8Array): Uint8Array | undefined {
    this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-tailLimit_bytes);
    const room = outputLimit_bytes - this.#bytes;
    this.#bytes += chunk.length;
    return room <= 0 ? undefined : chunk.subarray(0, room);
  }

  get tail(): string {
    return this.#tail.toString("utf8");
  }
}

/** A program that is not told by its arguments finds its task's browser here. */
function environmentOf([{ browser }]: Batch, { environment }: SessionOptions): Readonly<Record<string, string>> {
  return browser === undefined ? environment : { ...environment, SHARDWRIGHT_BROWSER: browser };
}
