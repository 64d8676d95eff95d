/** @throws Error when it takes longer */
export async function within<T>(work: Promise<T>, limit_ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it took longer than ${limit_ms / 1000} s`)), limit_ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
