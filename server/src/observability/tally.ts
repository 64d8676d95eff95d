/** Upper bounds, in seconds, of what a disk or a majority takes. */
const bounds_s = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Counts durations by how long they were. Counting is a comparison or two and an addition, so that what happens thousands of times a second
 * can be counted; whoever wants to show it reads it.
 */
export class Tally {
  /** Upper bounds in seconds, ascending. */
  readonly bounds_s: readonly number[] = bounds_s;
  /** Of durations up to each bound and beyond the one before; the last is of those beyond all bounds. */
  readonly counts: number[] = Array.from({ length: bounds_s.length + 1 }, () => 0);
  sum_s = 0;
  count = 0;

  add(duration_ms: number): void {
    const duration_s = duration_ms / 1000;
    let at = 0;
    while (at < bounds_s.length && duration_s > (bounds_s[at] ?? 0)) at += 1;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum_s += duration_s;
    this.count += 1;
  }
}
