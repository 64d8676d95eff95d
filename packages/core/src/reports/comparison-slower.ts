import { median } from "../planning/estimate.ts";

/** What one test took: in this run, and in each run of the base that has a result of it on the same class of hardware. */
export interface DurationSeries<T> {
  readonly test: T;
  readonly head_ms: number;
  /** By run; undefined where it has none. */
  readonly base_ms: readonly (number | undefined)[];
}

export interface SlowerTest<T> {
  readonly test: T;
  readonly duration_ms: number;
  readonly usual_ms: number;
}

/** Fewer durations on the base are no measure of what is usual. */
export const leastDurations = 5;
/** So many tests must be common to two runs before one of them is said to be slower as a whole. */
const leastForPace = 20;
const leastForPace_ms = 10;
/** A change that matters to people: half as much again, and a tenth of a second. */
const leastRatio = 1.5;
const leastIncrease_ms = 100;
/** In robust standard deviations (Iglewicz and Hoaglin 1993 take 3.5 for an outlier of one series). */
const leastScore = 5;
/** What is usual among the tests counts, for the spread of one, as so many durations. */
const usualWeight = 10;
/** Of logarithms: nothing is believed to repeat more exactly than by a twentieth. */
const leastSpread = 0.05;
/** Makes of the median absolute deviation a standard deviation, where the distribution is normal. */
const normalConsistency = 1.4826;

/**
 * The tests that became slower. Durations are compared by their logarithms, each run's pace taken out (the median over all tests), so that
 * a slow machine makes no test slow. A test is a candidate where it took longer than in every run of the base, by half and a tenth of a
 * second above their median, and by five robust standard deviations. How far above the noise that is, the base itself says: the same is
 * computed for every run of the base against the others (with this one among them), and what is called slower stands out more than
 * anything did there. If nothing has changed, the run is one among its K+1 likes, and any false alarm at all has a chance of at most
 * 1/(K+1), whatever the noise and however many the tests (the maximum statistic of Westfall and Young 1993).
 */
export function findSlower<T>(series: readonly DurationSeries<T>[]): { slower: SlowerTest<T>[]; pace: number | undefined } {
  const known = series.flatMap(({ test, head_ms, base_ms }) =>
    base_ms.filter((value) => value !== undefined).length < leastDurations
      ? []
      : [{ test, head_ms, durations_ms: [head_ms, ...base_ms] }],
  );
  const paces = pacesOf(known.map(({ durations_ms }) => durations_ms));
  const standouts = known.map(({ durations_ms }) => standoutOf(durations_ms, paces));
  const usualSpread = median(standouts.map(({ spread }) => spread)) ?? leastSpread;
  const candidates: { test: SlowerTest<T>; score: number }[] = [];
  let bar = leastScore;
  for (const [index, { run, excess, spread, usual_ms, others }] of standouts.entries()) {
    if (Math.exp(excess) < leastRatio || usual_ms * (Math.exp(excess) - 1) < leastIncrease_ms) continue;
    // Of few durations that happen to be alike, the spread says little: it is drawn to what is usual among the tests.
    const score =
      excess /
      Math.hypot(leastSpread, Math.sqrt((others * spread ** 2 + usualWeight * usualSpread ** 2) / (others + usualWeight)));
    const one = known[index];
    if (run !== 0 || one === undefined) bar = Math.max(bar, score);
    else candidates.push({ test: { test: one.test, duration_ms: one.head_ms, usual_ms }, score });
  }
  const pace = paces[0];
  return {
    slower: candidates.filter(({ score }) => score > bar).map((candidate) => candidate.test),
    pace: pace === undefined ? undefined : Math.exp(pace),
  };
}

interface Standout {
  /** The run in which the test took longest; 0 is the one that is compared. */
  readonly run: number;
  /** Over the median of the others, as a logarithm. */
  readonly excess: number;
  /** Of the others' logarithms, as a standard deviation. */
  readonly spread: number;
  readonly usual_ms: number;
  readonly others: number;
}

function standoutOf(durations_ms: readonly (number | undefined)[], paces: readonly (number | undefined)[]): Standout {
  let most = Number.NEGATIVE_INFINITY;
  let run = 0;
  const logs = durations_ms.map((value, index) => {
    if (value === undefined) return undefined;
    const log = logOf(value) - (paces[index] ?? 0);
    if (log > most) [most, run] = [log, index];
    return log;
  });
  const others = logs.filter((log, index): log is number => log !== undefined && index !== run);
  const middle = median(others) ?? 0;
  const spread = normalConsistency * (median(others.map((log) => Math.abs(log - middle))) ?? 0);
  return { run, excess: most - middle, spread, usual_ms: Math.exp(middle), others: others.length };
}

/** By how much, as a logarithm, each run was slower than the tests' medians; undefined where too little is known. */
function pacesOf(tests: readonly (readonly (number | undefined)[])[]): (number | undefined)[] {
  const runs = tests.reduce((most, { length }) => Math.max(most, length), 0);
  const ratios = Array.from({ length: runs }, (): number[] => []);
  for (const durations_ms of tests) {
    const usual = median(durations_ms.filter((value) => value !== undefined)) ?? 0;
    if (usual < leastForPace_ms) continue;
    for (const [index, value] of durations_ms.entries())
      if (value !== undefined) ratios[index]?.push(logOf(value) - logOf(usual));
  }
  return ratios.map((values) => (values.length < leastForPace ? undefined : median(values)));
}

function logOf(duration_ms: number): number {
  return Math.log(Math.max(1, duration_ms));
}
