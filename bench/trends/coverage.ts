import { analyseSeries } from "@shardwright/core";
import { goal } from "../options.ts";
import { mulberry32, normal } from "../random.ts";
import { seriesOf } from "./detectors.ts";

/** How often the set of places that is told with a change holds the true one, and how large it is. */
export function locationCoverage(seeds: number, first: number): boolean {
  console.log(`\nThe places that a change may have (said to hold in 90 %), 40 points either side, ${seeds} series each`);
  let [held, all] = [0, 0];
  for (const deviations of [1.5, 2, 3, 5]) {
    let [inside, found, places, right] = [0, 0, 0, 0];
    for (let seed = 0; seed < seeds; seed += 1) {
      const random = mulberry32(first + seed + Math.round(deviations * 1_000));
      const values = Array.from({ length: 80 }, (_, at) => 100 + 3 * normal(random) + (at < 40 ? 0 : 3 * deviations));
      const change = analyseSeries(seriesOf(values)).changes[0];
      if (change === undefined) continue;
      found += 1;
      if (change.location.first <= 40 && change.location.last >= 40) inside += 1;
      if (change.index === 40) right += 1;
      places += change.location.last - change.location.first + 1;
    }
    held += inside;
    all += found;
    const share = (count: number) => `${((100 * count) / found).toFixed(1)} %`;
    console.log(
      `  ${`${deviations} deviations`.padEnd(18)}found ${found}, held by ${share(inside)}, ${(places / found).toFixed(2)} places, the best one right in ${share(right)}`,
    );
  }
  return goal(held / all >= 0.9, `held in 90 % at least (${((100 * held) / all).toFixed(1)} %)`);
}
