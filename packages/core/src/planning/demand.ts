/** A slot that is there: one task after the other. */
export interface PresentSlot {
  /** Until it should be free, in milliseconds; 0 for one that is idle. */
  readonly free_ms: number;
  /** How slow it is within its class: 2 takes twice as long. */
  readonly pace: number;
}

/** What waits of one run. */
export interface WaitingRun {
  /** What its waiting tasks should take at pace 1, in milliseconds. */
  readonly waiting_ms: readonly number[];
  /** Where the project it belongs to has a quota: how many slots all of its runs may have beside those they use. */
  readonly quota?: { readonly project: string; readonly left: number };
}

export interface DemandInput {
  /** In the order they are served in. */
  readonly runs: readonly WaitingRun[];
  readonly slots: readonly PresentSlot[];
  /** Until a slot that is asked for now can take its first task, in milliseconds. */
  readonly startUp_ms: number;
  /** A slot that lets no run end sooner by so much is not wanted; milliseconds, above 0. */
  readonly leastSaving_ms: number;
  /** Pace of the slots that would come; 1 when absent. */
  readonly pace?: number;
}

export interface Demand {
  readonly waiting_tasks: number;
  /** Those among them that quotas let run at the same time, beside what runs. */
  readonly allowed_tasks: number;
  /** What the waiting ones should take at pace 1, one after the other. */
  readonly waiting_ms: number;
  /** How many more slots would pay. */
  readonly wanted_slots: number;
  /** When what waits should be done with the slots that are there; undefined where there is none, 0 where nothing waits. */
  readonly ends_ms: number | undefined;
  /** The same with the wanted slots. */
  readonly endsWithWanted_ms: number | undefined;
}

/** More slots than this are never asked for at once. */
export const wantedLimit = 10_000;

/**
 * How many slots more than there are would pay: the smallest number at which yet another would let no run end sooner by `leastSaving_ms`.
 * A run ends when all that is served before it and it itself are done, taken to be shared to the last millisecond between the slots, each
 * from when it is free or has started up; and never before its own longest task is done. Never more than the tasks that no idle slot is
 * about to take, nor than quotas let run. Adding runs behind the others never makes it smaller.
 */
export function demandFor({ runs, slots, startUp_ms, leastSaving_ms, pace = 1 }: DemandInput): Demand {
  if (!(leastSaving_ms > 0)) throw new RangeError(`leastSaving_ms must be above 0, got ${leastSaving_ms}`);
  const pool = new Pool(slots, { free_ms: Math.max(0, startUp_ms), pace });
  const idle = slots.filter(({ free_ms }) => free_ms <= 0).length;
  let tasks = 0;
  let allowed = 0;
  const left = new Map<string, number>();
  let work_ms = 0;
  let wanted = 0;
  let last: Ahead | undefined;
  for (const { waiting_ms, quota } of runs) {
    if (waiting_ms.length === 0) continue;
    tasks += waiting_ms.length;
    const may = quota === undefined ? waiting_ms.length : Math.min(waiting_ms.length, left.get(quota.project) ?? quota.left);
    if (quota !== undefined) left.set(quota.project, (left.get(quota.project) ?? quota.left) - may);
    allowed += may;
    let longest_ms = 0;
    for (const task_ms of waiting_ms) {
      work_ms += Math.max(0, task_ms);
      longest_ms = Math.max(longest_ms, task_ms);
    }
    last = { work_ms, longest_ms };
    const limit = Math.min(wantedLimit, allowed - idle);
    while (wanted < limit && pool.end_ms(last, wanted) - pool.end_ms(last, wanted + 1) >= leastSaving_ms) wanted += 1;
  }
  const ends = (more: number): number | undefined => {
    const end_ms = last === undefined ? 0 : pool.end_ms(last, more);
    return Number.isFinite(end_ms) ? end_ms : undefined;
  };
  return {
    waiting_tasks: tasks,
    allowed_tasks: allowed,
    waiting_ms: work_ms,
    wanted_slots: wanted,
    ends_ms: ends(0),
    endsWithWanted_ms: ends(wanted),
  };
}

/** What has to be done before a run ends. */
interface Ahead {
  readonly work_ms: number;
  readonly longest_ms: number;
}

/** Slots by when they are free, with the sums that say how far work fills them. */
class Pool {
  readonly #new: PresentSlot;
  readonly #free_ms: number[];
  readonly #fastest: number;
  /** Of the first i slots: tasks' milliseconds done in a millisecond, and what is lost of these until they are free. */
  readonly #speed: number[] = [0];
  readonly #lost: number[] = [0];

  constructor(slots: readonly PresentSlot[], added: PresentSlot) {
    this.#new = added;
    const sorted = slots.toSorted((a, b) => a.free_ms - b.free_ms);
    this.#fastest = slots.reduce((fastest, slot) => Math.min(fastest, slot.pace), Number.POSITIVE_INFINITY);
    this.#free_ms = sorted.map(({ free_ms }) => Math.max(0, free_ms));
    for (const [index, slot] of sorted.entries()) {
      this.#speed.push((this.#speed[index] ?? 0) + 1 / slot.pace);
      this.#lost.push((this.#lost[index] ?? 0) + Math.max(0, slot.free_ms) / slot.pace);
    }
  }

  /** When a run ends with so many new slots; infinite without any slot. */
  end_ms({ work_ms, longest_ms }: Ahead, more: number): number {
    const present_ms = (this.#free_ms[0] ?? Number.POSITIVE_INFINITY) + this.#fastest * longest_ms;
    const new_ms = more > 0 ? this.#new.free_ms + this.#new.pace * longest_ms : Number.POSITIVE_INFINITY;
    return Math.max(Math.min(present_ms, new_ms), this.#level_ms(work_ms, more));
  }

  /** The moment by which the slots can have done so much work. */
  #level_ms(work_ms: number, more: number): number {
    // As many slots take part as are free by then; with one more that is free later, the moment would not change.
    let low = 0;
    let high = this.#free_ms.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#doneBy(this.#free_ms[middle] ?? 0, middle, more) < work_ms) low = middle + 1;
      else high = middle;
    }
    const speed = this.#speed[low] ?? 0;
    const lost = this.#lost[low] ?? 0;
    const withoutNew_ms = speed === 0 ? Number.POSITIVE_INFINITY : (work_ms + lost) / speed;
    if (more === 0 || withoutNew_ms <= this.#new.free_ms) return withoutNew_ms;
    const { free_ms, pace } = this.#new;
    return (work_ms + lost + (more * free_ms) / pace) / (speed + more / pace);
  }

  /** What is done by a moment if the first slots and the new ones are at it. */
  #doneBy(at_ms: number, first: number, more: number): number {
    const done = at_ms * (this.#speed[first] ?? 0) - (this.#lost[first] ?? 0);
    return done + (more * Math.max(0, at_ms - this.#new.free_ms)) / this.#new.pace;
  }
}
