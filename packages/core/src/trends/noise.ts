import type { NoiseProfile } from "./analysis.ts";
import { method } from "./method.ts";
import { quantileOfSorted } from "./order-statistics.ts";
import { momentsOf } from "./welch.ts";

/** Above an even distribution's 5/9 a distribution is taken to have two peaks (R. Pfister et al., Frontiers in Psychology 4, 2013). */
const bimodalFrom = 5 / 9;
const bimodalPoints = 20;
const trimmedShare = 0.04;
/** One-sided: a change of the least size is missed once in ten times. */
const powerDeviations = 1.28;

export interface NoiseInput {
  /** What is left of each value without its level, as it comes and in order. */
  readonly residuals: Float64Array;
  readonly inOrder: Float64Array;
  /** With what sets machines apart. */
  readonly withMachines: Float64Array;
  /** The newest one. */
  readonly level: number;
  readonly machines: readonly (string | undefined)[];
  readonly deviation: number;
  readonly autocorrelation: number;
  /** Of a single change, as the segmentation has it. */
  readonly penalty: number;
  readonly effectThatMatters: number;
}

/** How a series varies around its levels, and what can be seen in spite of that. */
export function noiseOf(input: NoiseInput): NoiseProfile {
  const { residuals, inOrder, machines, deviation, autocorrelation, penalty, effectThatMatters } = input;
  const level = Math.abs(input.level);
  const spread = quantileOfSorted(inOrder, 0.75) - quantileOfSorted(inOrder, 0.25);
  const bimodality = bimodalityOf(inOrder.subarray(...trimmed(inOrder.length)));
  const betweenMachines = shareBetween(input.withMachines, machines);
  const gain = Math.sqrt(penalty / method.noticePoints) + powerDeviations / Math.sqrt(method.noticePoints);
  const minimumDetectable = level > 0 ? (Math.max(method.leastDeviations, gain) * deviation) / level : undefined;
  return {
    deviation,
    rcv: level > 0 && residuals.length > 0 ? spread / level : Number.NaN,
    autocorrelation,
    bimodality,
    bimodal: residuals.length >= bimodalPoints && bimodality > bimodalFrom,
    ...(minimumDetectable === undefined ? {} : { minimumDetectable }),
    ...(betweenMachines === undefined ? {} : { betweenMachines }),
    ...(minimumDetectable !== undefined && minimumDetectable > effectThatMatters ? { cannotSee: minimumDetectable } : {}),
  };
}

/** Without the outermost at either end: a few spikes make the coefficient as large as two peaks do. */
function trimmed(count: number): [number, number] {
  const cut = Math.floor(trimmedShare * count);
  return [cut, count - cut];
}

/** Sarle's coefficient: (skewness² + 1) / kurtosis, with the correction for small samples (SAS Institute 1990); 0 without variance. */
function bimodalityOf(values: Float64Array): number {
  const n = values.length;
  const { mean, variance } = momentsOf(values);
  if (n < 4 || variance === 0) return 0;
  let [second, third, fourth] = [0, 0, 0];
  for (const value of values) {
    const off = value - mean;
    const square = off * off;
    second += square / n;
    third += (square * off) / n;
    fourth += (square * square) / n;
  }
  const skewness = (third / second ** 1.5) * (Math.sqrt(n * (n - 1)) / (n - 2));
  const excess = ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (fourth / second ** 2 - 3) + 6);
  return (skewness ** 2 + 1) / (excess + (3 * (n - 1) ** 2) / ((n - 2) * (n - 3)));
}

/** The share of the variance that lies between machines; undefined with fewer than two of them. */
function shareBetween(values: Float64Array, machines: readonly (string | undefined)[]): number | undefined {
  const groups = new Map<string, { sum: number; count: number }>();
  let [sum, count] = [0, 0];
  machines.forEach((machine, index) => {
    if (machine === undefined) return;
    const group = groups.get(machine) ?? { sum: 0, count: 0 };
    groups.set(machine, { sum: group.sum + (values[index] ?? 0), count: group.count + 1 });
    sum += values[index] ?? 0;
    count += 1;
  });
  if (groups.size < 2) return undefined;
  const mean = sum / count;
  let [between, total] = [0, 0];
  for (const group of groups.values()) between += group.count * (group.sum / group.count - mean) ** 2;
  machines.forEach((machine, index) => {
    if (machine !== undefined) total += ((values[index] ?? 0) - mean) ** 2;
  });
  return total === 0 ? 0 : between / total;
}

/** What to tell a reader of a series in which a change that matters would not be seen; undefined where it would. */
export function noiseSentence({ cannotSee }: Pick<NoiseProfile, "cannotSee">): string | undefined {
  if (cannotSee === undefined) return undefined;
  return `It varies so much that a change of less than ${Math.ceil(100 * cannotSee)} % cannot be seen in ${method.noticePoints} points.`;
}
