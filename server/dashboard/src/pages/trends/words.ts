import { type AlertSeries, type TrendAnalysis, changeWords, valueWords } from "@shardwright/core";

const unknown = { estimate: Number.NaN, low: Number.NaN, high: Number.NaN, level: Number.NaN };

/** `+21 % (+19 % to +23 %)`, or by how much where the level before was 0. */
export function movedWords(
  { relative, before, after }: Pick<AlertSeries | TrendAnalysis["changes"][number], "relative" | "before" | "after">,
  unit: string,
): string {
  const shift = { ...unknown, estimate: after - before };
  return changeWords({ relative: relative === undefined ? unknown : { ...unknown, ...relative }, shift }, unit);
}

/** `98.9 ms → 130 ms` */
export function fromToWords({ before, after }: Pick<AlertSeries, "before" | "after">, unit: string): string {
  return `${valueWords(before, unit)} → ${valueWords(after, unit)}`;
}
