import { trendsTakenSince } from "@shardwright/core";
import type { CoordinatorParts } from "./parts.ts";
import { dropStaleUploads } from "./reported-metrics.ts";

const hour_ms = 3_600_000;
const day_ms = 24 * hour_ms;
/** Runs purged with one fact. */
const batch = 500;
/** Of those that are too many: they may be large, and what is deleted with one fact holds up all else. */
const surplusBatch = 5;
/** Facts about forgotten tokens that one purge writes at most. */
const tokenRounds = 8;
/** A blob is uploaded before the result that names it: it must not be swept in between. */
const blobGrace_ms = day_ms;

type RetentionParts = Pick<CoordinatorParts, "leadership" | "ledger" | "queries" | "blobs" | "tokens" | "clock" | "log">;

/** What is kept of runs that have ended. */
export interface Retention {
  readonly days: number;
  /** Cases of runs that ended last; any number when absent. The last run is kept whole. */
  readonly cases?: number | undefined;
}

/** Forgets runs that are not to be kept, and the logs, artifacts and bundles that no run names any more. Timings stay. */
async function purge(
  { leadership, ledger, queries, blobs, tokens, clock }: RetentionParts,
  { days, cases }: Retention,
): Promise<number> {
  const now_ms = clock.now_ms();
  let purged = 0;
  // Before the cluster has agreed on trends there are none to wait for.
  const withTrends = ledger.factVersion >= trendsTakenSince;
  // The leader decides what is forgotten; its blobs each node sweeps for itself.
  for (let { current } = leadership; current !== undefined; { current } = leadership) {
    const old = queries.runs.endedBefore(now_ms - days * day_ms, batch, withTrends);
    const unwanted = old.length > 0 || cases === undefined ? old : queries.runs.endedBeyond(cases, surplusBatch, withTrends);
    const runs = await current.purge(unwanted);
    if (runs.length === 0) break;
    purged += runs.length;
  }
  for (let round = 0; round < tokenRounds && leadership.current !== undefined; round += 1)
    if ((await tokens.purge()) === 0) break;
  if (leadership.current !== undefined) await dropStaleUploads(ledger, queries, now_ms);
  const logs = queries.tasks.logs();
  const artifacts = queries.tasks.artifactHashes();
  const chunks = queries.runs.bundleChunks();
  await blobs.sweep(now_ms - blobGrace_ms, (sha256) => logs.has(sha256) || artifacts.has(sha256) || chunks.has(sha256));
  return purged;
}

/** Purges now and every hour, by what is set then. @returns what ends it; it resolves when a purge under way is done */
export function keepPurging(parts: RetentionParts, retention: () => Retention): () => Promise<void> {
  const { clock, log } = parts;
  let isOver = false;
  let timer: ReturnType<typeof clock.after> | undefined;
  let running: Promise<void> = Promise.resolve();
  const turn = () => {
    running = purge(parts, retention()).then(
      (purged) => {
        if (purged > 0) log.info({ purged }, "forgot runs past their retention");
      },
      (error: unknown) => log.error({ err: error }, "runs past their retention could not be forgotten; trying again in an hour"),
    );
    void running.then(() => {
      if (!isOver) timer = clock.after(hour_ms, turn);
    });
  };
  timer = clock.after(0, turn);
  return async () => {
    isOver = true;
    timer?.cancel();
    await running;
  };
}
