import type { Logger } from "pino";

/** Says that the disk does not answer, and when it does again. */
export function tellStall(log: Logger, stalled_ms: number | undefined): void {
  if (stalled_ms === undefined) log.warn("the disk answers again");
  else log.error({ stalled_ms: Math.round(stalled_ms) }, "the disk does not answer: a write of the ledger has waited too long");
}
