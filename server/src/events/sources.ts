import { ShardwrightError, type RunId, type WorkerId, type WorkerSignal } from "@shardwright/core";
import type { CoordinatorParts } from "../parts.ts";
import { RunEventReader } from "./run-events.ts";
import { RunFacts, type RunFactsParts } from "./run-facts.ts";
import type { ReadyEventSource, ServerSent } from "./server-sent.ts";

/** Signals that wait for a worker that does not read; a stream with more is ended, and heartbeats tell instead. */
const signalLimit = 1000;

/**
 * A run's events after a position, then as they come, until it has ended. Without a position they begin where the run was last
 * opened: what an earlier opening of the same run key did is in the report.
 * @throws ShardwrightError `not-found`
 */
export function runEventSource(parts: RunFactsParts, run: RunId, after: number | undefined, ring: () => void): ReadyEventSource {
  const { queries } = parts;
  const row = queries.runs.byId(run);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
  const reader = new RunEventReader(run, queries);
  // Whoever asks beyond the run's end is told of the end once more: a stream without one would be asked for again and again.
  const facts = new RunFacts(run, Math.min(after ?? row.opened_position - 1, (row.ended_position ?? Infinity) - 1), parts, ring);
  let isOver = false;
  return {
    next() {
      const events: ServerSent[] = [];
      while (events.length === 0 && !isOver) {
        const news = facts.next();
        for (const fact of news) {
          const event = reader.read(fact);
          if (event !== undefined) events.push({ id: String(fact.position), data: JSON.stringify(event) });
          if (event?.type === "ended") isOver = true;
        }
        isOver ||= facts.isOver;
        if (news.length === 0) break;
      }
      return events;
    },
    get isOver() {
      return isOver;
    },
    close: () => facts.close(),
  };
}

/**
 * What a worker is told without asking. It counts as connected while the stream stands.
 * @throws ShardwrightError `worker-unknown`
 */
export function signalSource(
  { scheduler }: Pick<CoordinatorParts, "scheduler">,
  worker: WorkerId,
  ring: () => void,
): ReadyEventSource {
  let waiting: WorkerSignal[] = [];
  let isOver = false;
  const close = scheduler.signals(worker, (signal) => {
    waiting.push(signal);
    if (waiting.length > signalLimit) isOver = true;
    ring();
  });
  return {
    next() {
      const signals = waiting;
      waiting = [];
      return signals.map((signal) => ({ event: "signal", data: JSON.stringify(signal) }));
    },
    get isOver() {
      return isOver;
    },
    close,
  };
}
