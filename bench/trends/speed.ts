import { analyseBatch, SeriesState } from "@shardwright/core";
import { goal } from "../options.ts";
import { mulberry32 } from "../random.ts";
import { seriesOf } from "./detectors.ts";
import { realistic } from "./noises.ts";

/** Times one batch of series, and one series point by point. A third of the series has a step. */
export function speed(seriesCount: number, first: number): boolean {
  const length = 200;
  const batch = Array.from({ length: seriesCount }, (_, index) => {
    const values = realistic(mulberry32(first + index), length);
    return seriesOf(index % 3 === 0 ? values.map((value, at) => (at < 120 ? value : value * 1.1)) : values, `series ${index}`);
  });
  const began_ms = performance.now();
  const told = analyseBatch(batch).filter(({ changes }) => changes.length > 0).length;
  const batch_s = (performance.now() - began_ms) / 1_000;
  console.log(`\nSpeed, one core\n  ${seriesCount} series of ${length} points: ${batch_s.toFixed(1)} s; changes told of ${told}`);
  const perPoint = [200, 1_000].map((count) => {
    const state = new SeriesState(seriesOf([]));
    const values = realistic(mulberry32(first), count).map((value, at) => (at < count / 2 ? value : value * 1.1));
    const from_ms = performance.now();
    for (const value of values) {
      state.add({ value });
      state.analysis();
    }
    const each_ms = (performance.now() - from_ms) / count;
    console.log(`  a new point and what it changes, up to ${count} points: ${each_ms.toFixed(3)} ms on average`);
    return each_ms;
  });
  return [
    goal((batch_s / seriesCount) * 10_000 < 60, "10,000 series of 200 points in under 60 s"),
    goal(
      perPoint.every((each_ms) => each_ms < 1),
      "a new point in under 1 ms",
    ),
  ].every(Boolean);
}
