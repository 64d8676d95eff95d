import { type OtherSlot, endsSoonerElsewhere } from "./slots.ts";

/** An attempt that runs and may be duplicated. */
export interface RunningAttempt {
  readonly task: number;
  /** How much longer it should take, as `remaining_ms` has it. */
  readonly left_ms: number;
}

export interface SpeculationRequest<T extends RunningAttempt> {
  /** Those that run on other workers, whose tasks may be begun once more. */
  readonly running: readonly T[];
  /** What a task would take on the idle slot, with its framework's start; undefined for one that may not run there. */
  readonly here_ms: (attempt: T) => number | undefined;
  /** The other slots, where they are not all alike. */
  readonly others?: (() => readonly OtherSlot[]) | undefined;
}

/** A duplicate should end within this share of what the attempt has left, or it is not worth its electricity. */
const worthwhile = 0.8;
/** What a framework takes to start, where no process of it stands ready. */
export const startUp_ms = 1000;

/** How many duplicates a run may have in all: speculation must not double what a run costs. */
export function duplicateLimit(tasks: number): number {
  return Math.max(4, Math.floor(tasks / 10));
}

/**
 * Which attempt an idle slot should duplicate, if any: the one that should end last, if the task should end sooner when it is begun once
 * more here, and not sooner still on a slot that will be free in a moment.
 */
export function speculate<T extends RunningAttempt>({ running, here_ms, others }: SpeculationRequest<T>): T | undefined {
  let last: T | undefined;
  let duplicate_ms = 0;
  for (const attempt of running) {
    if (last !== undefined && attempt.left_ms <= last.left_ms) continue;
    const ends_ms = here_ms(attempt);
    if (ends_ms !== undefined) [last, duplicate_ms] = [attempt, ends_ms];
  }
  if (last === undefined || duplicate_ms >= worthwhile * last.left_ms) return undefined;
  return others !== undefined && endsSoonerElsewhere(last.task, duplicate_ms, others()) ? undefined : last;
}
