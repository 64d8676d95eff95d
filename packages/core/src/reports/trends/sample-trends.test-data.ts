import type { TrendPoint, TrendSeries } from "../../protocol/trends.ts";
import { seededRandom } from "../../trends/seeded.test-data.ts";

export interface SampleSeries {
  readonly series: TrendSeries;
  readonly points: readonly TrendPoint[];
}

export interface Sample {
  readonly id: number;
  readonly seed: number;
  readonly about?: Partial<TrendSeries>;
  /** The level at a point, in multiples of 100. */
  readonly at?: (index: number) => number;
  readonly noise?: number;
  readonly count?: number;
  readonly of?: (index: number) => Partial<TrendPoint>;
}

export const sampleStart_ms = Date.parse("2026-05-04T00:00:00Z");
const step_ms = 6 * 3_600_000;

/** The commit of a point, as long and as hexadecimal as a real one. */
export function sampleCommit(index: number): string {
  return `c0ffee${String(index).padStart(34, "0")}`;
}

/** A series whose points are the same for the same seed: four a day, a commit each, two machines. */
export function sampleSeries({
  id,
  seed,
  about = {},
  at = () => 1,
  noise = 0.02,
  count = 100,
  of = () => ({}),
}: Sample): SampleSeries {
  const { uniform, normal } = seededRandom(seed);
  const points = Array.from({ length: count }, (_, index): TrendPoint => ({
    at_ms: sampleStart_ms + index * step_ms,
    value: 100 * at(index) * (1 + noise * normal()),
    count: 1,
    commit: sampleCommit(index),
    branch: "main",
    machine: uniform() < 0.5 ? "runner-01" : "runner-02",
    ...of(index),
  }));
  const series: TrendSeries = {
    id,
    test: "unit:src/cart.test.ts",
    case: `case ${id}`,
    name: "latency",
    unit: "ms",
    better: "lower",
    dimensions: {},
    hardware_class: "linux-x64-4cpu",
    points: count,
    marked: 0,
    ...about,
  };
  return { series, points };
}
