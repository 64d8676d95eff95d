import { studentTwoSided } from "./distributions.ts";

export interface TTest {
  readonly t: number;
  readonly freedom: number;
  /** Two-sided. */
  readonly p: number;
}

export interface Moments {
  readonly count: number;
  readonly mean: number;
  /** The sample's variance, by n − 1. */
  readonly variance: number;
}

export function momentsOf(values: ArrayLike<number>): Moments {
  const count = values.length;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += values[index] ?? 0;
  const mean = sum / count;
  let squares = 0;
  for (let index = 0; index < count; index += 1) squares += ((values[index] ?? 0) - mean) ** 2;
  return { count, mean, variance: count > 1 ? squares / (count - 1) : 0 };
}

/**
 * Whether two means differ, the variances being what they are (B. L. Welch, "The Generalization of Student's Problem when Several Different
 * Population Variances are Involved", Biometrika 34, 1947). Two values a side at least; without any variance p is 0 or 1.
 */
export function welchTest(first: ArrayLike<number>, second: ArrayLike<number>): TTest {
  const [a, b] = [momentsOf(first), momentsOf(second)];
  if (a.count < 2 || b.count < 2) return { t: 0, freedom: 1, p: 1 };
  const [one, other] = [a.variance / a.count, b.variance / b.count];
  if (one + other === 0) return { t: a.mean === b.mean ? 0 : Infinity, freedom: 1, p: a.mean === b.mean ? 1 : 0 };
  const t = (a.mean - b.mean) / Math.sqrt(one + other);
  const freedom = (one + other) ** 2 / (one ** 2 / (a.count - 1) + other ** 2 / (b.count - 1));
  return { t, freedom, p: studentTwoSided(t, freedom) };
}
