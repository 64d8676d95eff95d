import { normal } from "../random.ts";

type Random = () => number;

/** Series around 100 that do not change. */
export const noises: Readonly<Record<string, (random: Random, count: number) => number[]>> = {
  Gaussian: (random, count) => series(count, () => 100 + 3 * normal(random)),
  "Student, 3 d.f.": (random, count) => series(count, () => 100 + 3 * student(random)),
  "log-normal": (random, count) => series(count, () => 100 * Math.exp(0.5 * normal(random))),
  "5 % spikes": (random, count) => series(count, () => 100 + 3 * normal(random) + (random() < 0.05 ? 30 : 0)),
  "AR(1), 0.5": (random, count) => alike(random, count, 0.5).map((value) => 100 + 3 * value),
  "bimodal, 30 to 70": (random, count) => series(count, () => (random() < 0.3 ? 115 : 100) + 2 * normal(random)),
};

/**
 * What a benchmark on shared machines looks like: 2.5 % of log-normal noise, each point a little like the one before, and one point in thirty
 * slower by up to two fifths.
 */
export function realistic(random: Random, count: number): number[] {
  return alike(random, count, 0.2).map((value) => 100 * Math.exp(0.025 * value) * (random() < 1 / 30 ? 1.1 + 0.3 * random() : 1));
}

function series(count: number, value: () => number): number[] {
  return Array.from({ length: count }, value);
}

function student(random: Random): number {
  const square = () => normal(random) ** 2;
  return normal(random) / Math.sqrt((square() + square() + square()) / 3);
}

/** Standard normal values, each with this correlation to the one before. */
function alike(random: Random, count: number, correlation: number): number[] {
  let value = normal(random);
  return series(count, () => {
    value = correlation * value + Math.sqrt(1 - correlation ** 2) * normal(random);
    return value;
  });
}
