import type { Clock, Timer } from "../../server/src/clock.ts";

interface Step {
  readonly at_ms: number;
  readonly number: number;
  act: (() => void) | undefined;
}

/** Any moment will do. */
const epoch_ms = 1_700_000_000_000;

/** Time that passes from one thing that was to happen to the next, as soon as nobody has anything left to do. */
export class VirtualClock implements Clock {
  readonly #heap: Step[] = [];
  #count = 0;
  #now_ms = 0;

  now_ms(): number {
    return epoch_ms + Math.floor(this.#now_ms);
  }

  /** Since the beginning of the simulation. */
  monotonic_ms(): number {
    return this.#now_ms;
  }

  after(delay_ms: number, callback: () => void): Timer {
    const step: Step = { at_ms: this.#now_ms + Math.max(0, delay_ms), number: this.#count, act: callback };
    this.#count += 1;
    this.#heap.push(step);
    this.#up(this.#heap.length - 1);
    return { cancel: () => void (step.act = undefined) };
  }

  /** Lets time pass until the answer is yes. @returns false when that is not so by the limit, or nothing is to happen any more */
  async runUntil(isOver: () => boolean, limit_ms: number): Promise<boolean> {
    while (true) {
      // Promises that were resolved are heard of before time goes on.
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) return true;
      const step = this.#take();
      if (step === undefined || step.at_ms > limit_ms) return false;
      this.#now_ms = step.at_ms;
      step.act?.();
    }
  }

  /** The next step that was not cancelled. */
  #take(): Step | undefined {
    while (true) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#down(0);
      }
      if (first.act !== undefined) return first;
    }
  }

  #up(from: number): void {
    for (let index = from; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(from: number): void {
    for (let index = from; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (right < this.#heap.length && this.#isBefore(right, least)) least = right;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one] as Step, this.#heap[other] as Step];
    return a.at_ms === b.at_ms ? a.number < b.number : a.at_ms < b.at_ms;
  }

  #swap(one: number, other: number): void {
    [this.#heap[one], this.#heap[other]] = [this.#heap[other] as Step, this.#heap[one] as Step];
  }
}
