import type { Ledger } from "../ledger/ledger.ts";
import { type TraceParts, TraceQueue } from "./trace-queue.ts";

/** Has the spans of each run sent that ends while this coordinator leads, and of what its predecessor did not send. */
export function traceRuns(ledger: Ledger, parts: Omit<TraceParts, "open">, version: string): TraceQueue {
  // What sends them is loaded when there is something to send.
  const open = async () => (await import("./exporter.ts")).openExporter(version);
  const queue = new TraceQueue({ ...parts, open });
  ledger.onApplied((facts) => {
    for (const { body } of facts) if (body.type === "RunEnded") queue.ended(body.run);
  });
  ledger.onRoleChange((role) => {
    if (role === "leader") queue.takeOver();
  });
  queue.takeOver();
  return queue;
}
