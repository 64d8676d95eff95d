import { analyseSeries, eDivisive } from "@shardwright/core";

export interface DetectorUnderTest {
  readonly name: string;
  readonly detect: (values: readonly number[]) => number[];
}

export const ours: DetectorUnderTest = {
  name: "Shardwright",
  detect: (values) => analyseSeries(seriesOf(values)).changes.map(({ index }) => index),
};

export const others: readonly DetectorUnderTest[] = [
  { name: "never an alarm", detect: () => [] },
  { name: "Otava-compatible", detect: (values) => eDivisive(values) },
];

export function seriesOf(values: readonly number[], id = "series") {
  return { id, unit: "ms", better: "lower" as const, points: values.map((value) => ({ value })) };
}
