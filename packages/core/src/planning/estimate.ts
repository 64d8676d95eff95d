/** What is needed of a task to guess how long it will take. */
export interface EstimateInput {
  readonly key: string;
  /** Size of its file. */
  readonly bytes: number;
}

/** Recent whole, passing durations in milliseconds: task key → hardware class → oldest first. */
export type DurationHistory = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

export interface Estimate {
  readonly expected_ms: number;
  /** It comes from this task's own history. */
  readonly known: boolean;
}

/** How many durations per task and hardware class count; older ones are forgotten. */
export const recentLimit = 20;
/** What a task is taken for when nothing at all is known. */
export const defaultDuration_ms = 1000;

/** The middle value, or the mean of the two middle ones; undefined for no values. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/**
 * Expected duration of each task on one hardware class, in milliseconds and in the order given. A median shrugs off the odd slow
 * attempt. Falls back from the task's own class to its other classes, then to the middle of its neighbours' durations (scaled by the
 * square root of the file's size, at most twice or half), then to a second scaled the same way.
 */
export function estimateDurations(tasks: readonly EstimateInput[], history: DurationHistory, hardware_class: string): Estimate[] {
  const known = tasks.map((task) => knownDuration(history.get(task.key), hardware_class));
  const typical_ms = median(known.filter((value) => value !== undefined)) ?? defaultDuration_ms;
  const typicalBytes = median(tasks.map((task) => task.bytes)) ?? 0;
  return tasks.map((task, index) => {
    const own = known[index];
    if (own !== undefined) return { expected_ms: Math.max(1, own), known: true };
    return { expected_ms: Math.max(1, typical_ms * sizeFactor(task.bytes, typicalBytes)), known: false };
  });
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
