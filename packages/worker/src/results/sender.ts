import type { Client } from "@shardwright/client";
import { reasonOf, ShardwrightError, type ResultsResponse, type WorkerEvent } from "@shardwright/core";
import type { Link } from "../connection/link.ts";
import type { Notify } from "../connection/notices.ts";
import { isOf, type Entry, type Outbox } from "./outbox.ts";

export interface SenderOptions {
  readonly client: Client;
  readonly link: Link;
  readonly outbox: Outbox;
  readonly notify: Notify;
  /** Ends sending; what is left then is lost. */
  readonly signal: AbortSignal;
  /** The coordinator no longer takes anything about this lease. */
  readonly onStale: (fence: number) => void;
}

/** Logs stored at a time. */
const logsTogether = 4;

/**
 * Sends what is in the outbox, one request at a time, each with all that came meanwhile, until the outbox is closed and empty. An event
 * leaves the outbox only when the coordinator has it durably, or will never take it.
 * @throws ShardwrightError when the coordinator no longer lets this worker speak.
 */
export async function sendResults(options: SenderOptions): Promise<void> {
  for (let batch = await options.outbox.take(); batch !== undefined; batch = await options.outbox.take()) {
    if (batch.length > 0) {
      await storeLogs(batch, options);
      await deliver(batch, options);
    }
    options.outbox.settle();
  }
}

async function deliver(batch: readonly Entry[], options: SenderOptions): Promise<void> {
  const { client, link, signal } = options;
  const events = batch.map((entry) => entry.event);
  let answer: ResultsResponse;
  try {
    answer = await link.call(
      (worker) => client.sendResults(worker, { events, sent_at_ms: Date.now() }, { retry: false, signal }),
      signal,
    );
  } catch (error) {
    if (!(error instanceof ShardwrightError) || isFatal(error)) throw error;
    // One event of the batch is at fault: find it, so that the others get through.
    if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await deliver(batch.slice(0, middle), options);
      await deliver(batch.slice(middle), options);
    } else if (hasLast(batch)) await deliver(apart(batch), options);
    else await giveUp(batch[0] as Entry, error, options);
    return;
  }
  const stale = new Set<number>();
  for (const { index, reason } of answer.dropped) {
    const event = events[index];
    if (event === undefined || reason === "duplicate") continue;
    if (reason === "stale") stale.add(event.fence);
    else await giveUp(batch[index] as Entry, new Error("earlier results of this attempt are missing there"), options);
  }
  for (const fence of stale) options.onStale(fence);
}

/** An event that will never be taken: its attempt ends as errored, and where even that is refused its lease is left to run out. */
async function giveUp(entry: Entry, error: unknown, options: SenderOptions): Promise<void> {
  const { event } = entry;
  const message = `The coordinator refused a result (${event.type}) of task ${event.task}: ${reasonOf(error)}`.slice(0, 4000);
  options.notify({ level: "error", code: "result-refused", message });
  options.onStale(event.fence);
  if (event.type !== "cases") return;
  options.outbox.discard((other) => isOf(other, event));
  const { run, fence, task, attempt, first } = event;
  const end: WorkerEvent = {
    type: "finished",
    run,
    fence,
    task,
    attempt,
    outcome: "errored",
    duration_ms: 0,
    failure: { kind: "infrastructure", message },
    cases: first,
  };
  await deliver([{ event: end, bytes: message.length }], options);
}

function hasLast([entry]: readonly Entry[]): boolean {
  return entry?.event.type === "finished" && entry.event.last !== undefined;
}

/** The cases that an end brings with it, and the end: either may be at fault. */
function apart([entry]: readonly Entry[]): Entry[] {
  if (entry?.event.type !== "finished" || entry.event.last === undefined) return [];
  const { last, ...event } = entry.event;
  const { run, fence, task, attempt } = event;
  const cases: WorkerEvent = { type: "cases", run, fence, task, attempt, first: event.cases - last.length, cases: last };
  return [
    { event: cases, bytes: entry.bytes },
    { ...entry, event },
  ];
}

async function storeLogs(batch: readonly Entry[], options: SenderOptions): Promise<void> {
  const withLogs = batch.filter((entry) => entry.log !== undefined);
  for (let start = 0; start < withLogs.length; start += logsTogether)
    await Promise.all(withLogs.slice(start, start + logsTogether).map((entry) => storeLog(entry, options)));
}

async function storeLog(entry: Entry, { client, link, signal, notify }: SenderOptions): Promise<void> {
  const { event, log } = entry;
  if (event.type !== "finished" || log === undefined) return;
  try {
    const reference = await link.call(() => client.putBlob(log, { retry: false, signal }), signal);
    entry.event = { ...event, log: reference };
  } catch (error) {
    if (!(error instanceof ShardwrightError) || isFatal(error)) throw error;
    // The result counts more than its log.
    notify({ level: "warning", code: "log-dropped", message: `The log of task ${event.task} was not stored: ${error.message}` });
  }
}

function isFatal(error: ShardwrightError): boolean {
  return error.code === "unauthenticated" || error.code === "forbidden" || error.code === "coordinator-unreachable";
}
