import type { Expectation } from "./remaining.ts";

/** What is needed of a task to guess how long it will take. */
export interface EstimateInput {
  readonly key: string;
  /** Size of its file. */
  readonly bytes: number;
  /** What is known of a part of a file, which has no history of its own. */
  readonly part?: { readonly expected_ms: number } | undefined;
}

/** Recent whole, passing durations in milliseconds: task key → hardware class → oldest first. */
export type DurationHistory = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

export interface Estimate extends Expectation {
  /** What it is dealt as: one that nothing is known of may be long, and is dealt early. */
  readonly planned_ms: number;
  /** It comes from this task's own history. */
  readonly known: boolean;
  /** Of that, some was measured on this class of hardware: a worker of the class can be compared with it. */
  readonly measured: boolean;
}

/** How many durations per task and hardware class count; older ones are forgotten. */
export const recentLimit = 20;
/** What a task is taken for when nothing at all is known. */
export const defaultDuration_ms = 1000;

/** The middle value, or the mean of the two middle ones; undefined for no values. */
export function median(values: readonly number[]): number | undefined {
  if (values.length < 2) return values[0];
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** What is believed of the spread of a task's durations before any were seen, and how many durations that belief is worth. */
const usualSpread = { spread: 0.25, weight: 4 };
/** The logarithm of a duration that was never measured on this hardware is less certain by this much. */
const foreignSpread = 0.3;
const unknownSpread = 1;
/** A task without a history is dealt as one so many times longer than its neighbours. */
const caution = 6;
/** What a task took on other hardware, drawn to scale, counts as at most so many durations on this one. */
const foreignWeight = 2;
/** So many tasks must have run on two classes of hardware before one is said to be slower than the other. */
const sharedTasks = 3;

/**
 * Expected duration of each task on one hardware class, in milliseconds and in the order given. A median shrugs off the odd slow
 * attempt. What a task took on other classes counts too, drawn to scale by the tasks that ran on both: a few durations that happened to
 * be short must not make a slow class look fast. A task without any history is taken for the middle of its neighbours (scaled by the
 * square root of the file's size, at most twice or half), or for a second where there are none.
 */
export function estimateDurations(tasks: readonly EstimateInput[], history: DurationHistory, hardware_class: string): Estimate[] {
  const scales = scalesTo(hardware_class, tasks, history);
  const known = tasks.map((task) =>
    task.part === undefined ? knownEstimate(history.get(task.key), hardware_class, scales) : partEstimate(task.part),
  );
  const typical_ms = median(known.flatMap((estimate) => (estimate === undefined ? [] : [estimate.expected_ms])));
  const typicalBytes = median(tasks.map((task) => task.bytes)) ?? 0;
  return tasks.map(({ bytes }, index) => {
    const own = known[index];
    if (own !== undefined) return { ...own, planned_ms: own.expected_ms, known: true };
    const expected_ms = Math.max(1, (typical_ms ?? defaultDuration_ms) * sizeFactor(bytes, typicalBytes));
    const planned_ms = typical_ms === undefined ? expected_ms : caution * expected_ms;
    return { expected_ms, planned_ms, spread: unknownSpread, known: false, measured: false };
  });
}

/** What was known of the file's cases, on whatever hardware: it says how its parts compare with other tasks. */
function partEstimate({ expected_ms }: { readonly expected_ms: number }): Expectation & Pick<Estimate, "measured"> {
  return { expected_ms, spread: Math.hypot(usualSpread.spread, foreignSpread), measured: false };
}

function knownEstimate(
  classes: ReadonlyMap<string, readonly number[]> | undefined,
  hardware_class: string,
  scales: ReadonlyMap<string, number>,
): (Expectation & Pick<Estimate, "measured">) | undefined {
  if (classes === undefined) return undefined;
  const own = (classes.get(hardware_class) ?? []).slice(-recentLimit);
  const own_ms = median(own);
  const foreign = [...classes].flatMap(([name, durations]) => {
    const scale = scales.get(name) ?? (own_ms === undefined ? 1 : undefined);
    if (name === hardware_class || scale === undefined) return [];
    return durations.slice(-recentLimit).map((duration_ms) => scale * duration_ms);
  });
  const foreign_ms = median(foreign);
  if (own_ms === undefined && foreign_ms === undefined) return undefined;
  const spread = spreadOf(own, own_ms ?? 1);
  if (own_ms === undefined)
    return { expected_ms: Math.max(1, foreign_ms ?? 1), spread: Math.hypot(spread, foreignSpread), measured: false };
  if (foreign_ms === undefined) return { expected_ms: Math.max(1, own_ms), spread, measured: true };
  const weight = Math.min(foreign.length, foreignWeight);
  // The weighted geometric mean: durations are compared by their ratios.
  const log = (own.length * Math.log(Math.max(1, own_ms)) + weight * Math.log(Math.max(1, foreign_ms))) / (own.length + weight);
  return { expected_ms: Math.exp(log), spread, measured: true };
}

/** For each other class, how much longer tasks take here than there: the middle of those that ran on both. */
function scalesTo(hardware_class: string, tasks: readonly EstimateInput[], history: DurationHistory): Map<string, number> {
  const ratios = new Map<string, number[]>();
  for (const { key } of tasks) {
    const classes = history.get(key);
    const here_ms = median((classes?.get(hardware_class) ?? []).slice(-recentLimit));
    if (classes === undefined || here_ms === undefined) continue;
    for (const [name, durations] of classes) {
      const there_ms = median(durations.slice(-recentLimit));
      if (name === hardware_class || there_ms === undefined || there_ms <= 0) continue;
      const known = ratios.get(name);
      if (known === undefined) ratios.set(name, [here_ms / there_ms]);
      else known.push(here_ms / there_ms);
    }
  }
  const scales = new Map<string, number>();
  for (const [name, values] of ratios) if (values.length >= sharedTasks) scales.set(name, median(values) ?? 1);
  return scales;
}

/** Of the durations' logarithms, drawn towards the usual while there are few. */
function spreadOf(durations_ms: readonly number[], middle_ms: number): number {
  const { spread, weight } = usualSpread;
  const squares = durations_ms.map((duration_ms) => Math.log(Math.max(1, duration_ms) / Math.max(1, middle_ms)) ** 2);
  const sum = squares.reduce((total, square) => total + square, weight * spread ** 2);
  return Math.sqrt(sum / (durations_ms.length + weight));
}

/** Median of the task's recent durations on its class, or across its other classes; undefined without any. */
export function knownDuration(
  classes: ReadonlyMap<string, readonly number[]> | undefined,
  hardware_class: string,
): number | undefined {
  if (classes === undefined) return undefined;
  const own = median((classes.get(hardware_class) ?? []).slice(-recentLimit));
  if (own !== undefined) return own;
  const others = [...classes.values()].map((durations) => median(durations.slice(-recentLimit)));
  return median(others.filter((value) => value !== undefined));
}

function sizeFactor(bytes: number, typicalBytes: number): number {
  return Math.min(2, Math.max(0.5, Math.sqrt((bytes + 1) / (typicalBytes + 1))));
}
