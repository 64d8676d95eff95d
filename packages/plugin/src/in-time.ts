/**
 * Calls a function and waits for what it promises, but not for ever.
 * @throws what it throws; Error when it takes longer, whose signal is aborted then
 */
export async function inTime<T>(limit_ms: number, call: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new TooLate(limit_ms);
    controller.abort(error);
    late.reject(error);
  }, limit_ms);
  try {
    return await Promise.race([Promise.resolve(call(controller.signal)), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Something has not ended when it should have. */
export class TooLate extends Error {
  constructor(limit_ms: number) {
    super(`it has not ended within ${limit_ms / 1000} s`);
    this.name = "TooLate";
  }
}
