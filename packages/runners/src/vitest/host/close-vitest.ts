import type { Vitest } from "vitest/node";

/**
 * Runs the global teardowns and ends what vitest started.
 * @returns what went wrong: vitest itself only logs it, and sets its exit code
 */
export async function closeVitest(vitest: Vitest): Promise<unknown[]> {
  const errors: unknown[] = [];
  const { logger } = vitest;
  const log = logger.error.bind(logger);
  logger.error = (...args: unknown[]) => {
    if (args[0] === "error during close") errors.push(args[1]);
    log(...args);
  };
  // Until now it says which tests failed.
  process.exitCode = undefined;
  try {
    await vitest.close();
  } catch (error) {
    errors.push(error);
  }
  const code = exitCode();
  if (errors.length === 0 && code !== 0) errors.push(new Error(`The exit code was set to ${code} while all was torn down.`));
  return errors;
}

/** What the process would exit with now. */
export function exitCode(): number {
  return Number(process.exitCode ?? 0);
}
