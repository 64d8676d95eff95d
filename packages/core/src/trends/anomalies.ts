import type { Anomaly } from "./analysis.ts";
import { judge } from "./judgement.ts";
import { method } from "./method.ts";
import { medianDeviationOfSorted, quantileOfSorted } from "./order-statistics.ts";
import type { Stretch } from "./stretches.ts";

/**
 * The single points that are far off their stretch: by robust deviations from its median (B. Iglewicz and D. Hoaglin, "How to Detect and Handle
 * Outliers", 1993) and outside three interquartile ranges beyond its quartiles as well (J. W. Tukey, "Exploratory Data Analysis", 1977).
 * Values of which more than half are the same have neither scale; any other one is told then that the whole series' deviation finds far off.
 * @returns indices of `values`
 */
export function anomaliesOf(
  values: Float64Array,
  stretches: readonly Stretch[],
  { deviation, better }: { readonly deviation: number; readonly better: "lower" | "higher" },
): Anomaly[] {
  return stretches.flatMap(({ from, until, inOrder, median: expected }) => {
    if (until - from < method.anomalyPoints) return [];
    const [low, high] = [quantileOfSorted(inOrder, 0.25), quantileOfSorted(inOrder, 0.75)];
    const own = medianDeviationOfSorted(inOrder, expected);
    const scale = own === 0 ? deviation : own;
    if (scale === 0) return [];
    const fence = own === 0 ? 0 : method.anomalyFence * (high - low);
    const found: Anomaly[] = [];
    for (let index = from; index < until; index += 1) {
      const value = values[index] ?? expected;
      const deviations = Math.abs(value - expected) / scale;
      if (deviations <= method.anomalyDeviations || (value >= low - fence && value <= high + fence)) continue;
      found.push({ index, value, expected, deviations, ...judge(value - expected, better), newest: false });
    }
    return until === values.length ? withNewest(found, values.length) : found;
  });
}

/** Marks those that the series ends with, as far as they lie on one side. */
function withNewest(found: readonly Anomaly[], length: number): Anomaly[] {
  const last = found.at(-1);
  let first = found.length;
  while (
    first > 0 &&
    found[first - 1]?.index === length - (found.length - first) - 1 &&
    found[first - 1]?.direction === last?.direction
  )
    first -= 1;
  return found.map((anomaly, at) => (at >= first ? { ...anomaly, newest: true } : anomaly));
}
