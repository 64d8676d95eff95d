/** Stops calling a service that keeps failing. After `cooldown_ms` one call may try whether it is back. */
export class CircuitBreaker {
  #failures = 0;
  #opened;
  #probing = false;

  constructor({ failures, cooldown_ms }) {
    this.limit = failures;
    this.cooldown_ms = cooldown_ms;
  }

  get state() {
    if (this.#opened === undefined) return "closed";
    return performance.now() - this.#opened >= this.cooldown_ms ? "half-open" : "open";
  }

  async call(action) {
    const { state } = this;
    if (state === "open" || (state === "half-open" && this.#probing)) throw new Error("the service is resting");
    this.#probing = state === "half-open";
    try {
      const result = await action();
      this.#failures = 0;
      this.#opened = undefined;
      return result;
    } catch (error) {
      this.#failures += 1;
      if (state === "half-open" || this.#failures >= this.limit) this.#opened = performance.now();
      throw error;
    } finally {
      this.#probing = false;
    }
  }
}
