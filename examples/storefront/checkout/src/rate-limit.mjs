import { setTimeout as sleep } from "node:timers/promises";

/** A bucket of `capacity` tokens that fills by `per_second`. A call takes one token, or waits for one. */
export class TokenBucket {
  #tokens;
  #filled = performance.now();

  constructor({ capacity, per_second }) {
    this.capacity = capacity;
    this.per_second = per_second;
    this.#tokens = capacity;
  }

  tryTake() {
    const now = performance.now();
    this.#tokens = Math.min(this.capacity, this.#tokens + ((now - this.#filled) / 1000) * this.per_second);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  async take() {
    while (!this.tryTake()) await sleep(Math.max(1, ((1 - this.#tokens) / this.per_second) * 1000));
  }
}
