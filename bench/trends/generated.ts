import { goal } from "../options.ts";
import { mulberry32, normal } from "../random.ts";
import { others, ours } from "./detectors.ts";
import type { Located } from "./labelled.ts";
import { noises, realistic } from "./noises.ts";

const lengths = [20, 50, 100, 200, 500];
const mayAlarm = (name: string) => (name.startsWith("AR") || name.startsWith("bimodal") ? 0.05 : 0.01);
const compared = [...others.slice(1), ours];
/** Tells the seeds of one table's rows from those of others. */
const stride = 100_003;

/** The share of series without a change that alarm. */
export function falseAlarms(seeds: number, first: number): boolean {
  console.log(`\nSeries that do not change: share with an alarm, ${seeds} series each, n = ${lengths.join(", ")}`);
  const holds: boolean[] = [];
  for (const [name, noise] of Object.entries(noises)) {
    for (const { name: detector, detect } of compared) {
      const shares = lengths.map((count) =>
        share(seeds, (seed) => detect(noise(mulberry32(first + seed + count * stride), count)).length > 0),
      );
      console.log(`  ${name.padEnd(20)}${detector.padEnd(18)}${shares.map((each) => each.toFixed(3).padStart(8)).join("")}`);
      if (detector !== ours.name) continue;
      holds.push(
        goal(
          shares.every((each) => each <= mayAlarm(name)),
          `${name}: at most ${100 * mayAlarm(name)} %`,
        ),
      );
    }
  }
  return holds.every(Boolean);
}

/** The share of steps in the middle that are found within five points. */
export function power(seeds: number, first: number, located: readonly Located[]): boolean {
  const calm = located.filter(({ type }) => type === "Stable" || type === "Spike");
  const rough = located.filter(({ type, regression }) => regression === null && type !== "Stable" && type !== "Spike");
  const sources: [string, (seed: number, count: number) => number[] | undefined][] = [
    ["realistic noise", (seed, count) => realistic(mulberry32(first + seed + count * stride), count)],
    ...(located.length === 0
      ? []
      : ([
          ["SAP, stable or spikes", (seed, count) => windowOf(calm, seed, count)],
          ["SAP, the rougher ones", (seed, count) => windowOf(rough, seed, count)],
        ] as [string, (seed: number, count: number) => number[] | undefined][])),
  ];
  console.log(`\nA step in the middle of a series, found within 5 points, n = 30, 60, 120; up to ${seeds} series each`);
  let reached = Number.NaN;
  for (const [name, source] of sources)
    for (const { name: detector, detect } of compared)
      for (const step of [0.02, 0.05, 0.1, 0.2]) {
        const shares = [30, 60, 120].map((count) => {
          const series = Array.from({ length: seeds }, (_, seed) => source(seed, count)).filter((each) => each !== undefined);
          const found = series.filter((values) =>
            detect(values.map((value, index) => (index < count / 2 ? value : value * (1 + step)))).some(
              (at) => Math.abs(at - count / 2) <= 5,
            ),
          );
          return found.length / series.length;
        });
        console.log(
          `  ${name.padEnd(24)}${detector.padEnd(18)}${`${100 * step} %`.padStart(6)}${shares.map((each) => each.toFixed(2).padStart(8)).join("")}`,
        );
        if (detector === ours.name && step === 0.1 && name === "realistic noise") reached = shares[1] ?? 0;
      }
  return goal(reached >= 0.85, `10 % on realistic noise, 60 points: at least 85 % (${(100 * reached).toFixed(1)} %)`);
}

/** How soon a step is found: the share found within 3 points of the truth after so many new points. */
export function delay(seeds: number, first: number): boolean {
  const after = [1, 2, 3, 4, 5, 8];
  console.log(
    `\nA step at the end, Gaussian noise: share found within 3 points after ${after.join(", ")} new points, ${seeds} series each`,
  );
  const holds: boolean[] = [];
  for (const deviations of [3, 5])
    for (const before of [30, 60, 100])
      for (const { name, detect } of compared) {
        const shares = after.map((fresh) =>
          share(seeds, (seed) => {
            const random = mulberry32(first + seed + before * stride);
            const values = Array.from(
              { length: before + fresh },
              (_, at) => 100 + 3 * normal(random) + (at < before ? 0 : 3 * deviations),
            );
            return detect(values).some((at) => Math.abs(at - before) <= 3);
          }),
        );
        console.log(
          `  ${`${deviations} deviations, ${before} before`.padEnd(28)}${name.padEnd(18)}${shares.map((each) => each.toFixed(2).padStart(7)).join("")}`,
        );
        if (name === ours.name && deviations === 5) holds.push((shares[2] ?? 0) >= 0.8 && (shares[3] ?? 0) >= 0.95);
      }
  return goal(holds.every(Boolean), "five deviations within 3 points in 80 % at least, within 4 in 95 %");
}

function share(seeds: number, holds: (seed: number) => boolean): number {
  let count = 0;
  for (let seed = 0; seed < seeds; seed += 1) if (holds(seed)) count += 1;
  return count / seeds;
}

/** Windows of the series one after the other, half a window apart; undefined when there are no more. */
function windowOf(all: readonly Located[], seed: number, count: number): number[] | undefined {
  const windows = all.flatMap(({ values }) =>
    Array.from({ length: Math.max(0, Math.floor((2 * (values.length - count)) / count) + 1) }, (_, at) =>
      values.slice((at * count) / 2, (at * count) / 2 + count),
    ),
  );
  return windows[seed];
}
