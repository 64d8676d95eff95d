import { type TrendAlert, metricName, plural, rangeWords, testName } from "@shardwright/core";
import { movedWords } from "../trends/words.ts";

/** `3 series got worse` */
export function alertTitle({ series_count, judgement }: TrendAlert): string {
  return `${plural(series_count, "series", "series")} got ${judgement === "regression" ? "worse" : "better"}`;
}

/** Its worst series, and by how much that moved: `cart.test.js > adds, duration: +21 % (+19 % to +23 %)`. */
export function worstWords({ series: [worst] }: TrendAlert): string {
  return worst === undefined ? "" : `${testName(worst)}, ${metricName(worst)}: ${movedWords(worst, worst.unit)}`;
}

/** `4 commits after 1a2b3c4d, up to 5e6f7a8b` */
export function alertRange({ commits, last_good }: TrendAlert): string {
  return rangeWords({ commits, ...(last_good !== undefined && { last_good }) });
}

/** Regressions first, what likely comes of the machines after the rest, and then by how far the worst series moved. */
export function worstFirst(one: TrendAlert, other: TrendAlert): number {
  return rank(one) - rank(other) || size(other) - size(one) || other.series_count - one.series_count;
}

function rank({ judgement, infrastructure }: TrendAlert): number {
  return (judgement === "regression" ? 0 : 2) + (infrastructure ? 1 : 0);
}

function size({ series: [worst] }: TrendAlert): number {
  return Math.abs(worst?.relative?.estimate ?? 0);
}
