export interface Timer {
  cancel(): void;
}

/** Time, as the coordinator sees it; tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970: what facts are stamped with. */
  now_ms(): number;
  /** Milliseconds since some moment, never set back or forward: what deadlines are measured with. */
  monotonic_ms(): number;
  /** Calls back once after the delay. Does not keep the process alive. */
  after(delay_ms: number, callback: () => void): Timer;
}

/** setTimeout fires at once for longer delays than this. */
const longestDelay_ms = 2 ** 31 - 1;

export const systemClock: Clock = {
  now_ms: () => Date.now(),
  monotonic_ms: () => performance.now(),
  after(delay_ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delay_ms), longestDelay_ms));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
