import type { Scenario } from "./scenario.ts";

/**
 * A time that no schedule can beat, in milliseconds: the longest task on the fastest worker, or the whole work on all workers together,
 * whichever is more (Graham's bounds, for uniform machines). A worker that is lost counts up to its loss and no longer. Start-up, round
 * trips, what the lost worker had begun and the time until its loss is noticed are not in it: they are charged to the policies.
 */
export function lowerBound_ms({ works_ms, speeds, loss }: Scenario): number {
  const total_ms = works_ms.reduce((sum, work) => sum + work, 0);
  const longest_ms = works_ms.reduce((longest, work) => Math.max(longest, work), 0);
  const staying = speeds.filter((_, worker) => worker !== loss?.worker);
  const speed = staying.reduce((sum, value) => sum + value, 0);
  const fastest = staying.reduce((most, value) => Math.max(most, value), 0);
  if (loss === undefined) return Math.max(longest_ms / fastest, total_ms / speed);
  const lost = speeds[loss.worker] ?? 0;
  const inTime_ms = total_ms / (speed + lost);
  const shared_ms = inTime_ms <= loss.at_ms ? inTime_ms : (total_ms - lost * loss.at_ms) / speed;
  const onLost_ms = longest_ms / lost <= loss.at_ms ? longest_ms / lost : Number.POSITIVE_INFINITY;
  return Math.max(Math.min(longest_ms / fastest, onLost_ms), shared_ms);
}
