/** A slot other than the asking one that could run what waits, now or later. */
export interface OtherSlot {
  /** Until it should be free: 0 for one that asks at this moment. */
  readonly free_ms: number;
  /** What it would take for all that waits. */
  readonly whole_ms: number;
  /** What it would take for one task. */
  readonly duration_ms: (task: number) => number;
}

/** Whether another slot should end a task sooner than one that is free now and takes so long for it. */
export function endsSoonerElsewhere(task: number, here_ms: number, others: readonly OtherSlot[]): boolean {
  return others.some((slot) => slot.free_ms + slot.duration_ms(task) < here_ms);
}

/**
 * When all that waits would be done if it could be shared to the last millisecond between a slot that is free now and the others, each
 * from when it is free and as fast as it is.
 * @param whole_ms what the slot that is free now would take for all of it
 */
export function commonEnd_ms(whole_ms: number, others: readonly OtherSlot[]): number {
  // Counted in shares of the whole, and in shares of it in a millisecond.
  let work = 1;
  let speed = 1 / Math.max(1, whole_ms);
  for (const { free_ms, whole_ms: its_ms } of others.toSorted((a, b) => a.free_ms - b.free_ms)) {
    if (work / speed <= free_ms) break;
    work += free_ms / Math.max(1, its_ms);
    speed += 1 / Math.max(1, its_ms);
  }
  return work / speed;
}
