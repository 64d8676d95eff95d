import type { FailureKind } from "../model/attempt.ts";

/** Who may be at fault when an attempt goes wrong. */
export interface Blame {
  /** It uses up one of the test's retries. */
  readonly test: boolean;
  /** It speaks against the machine that it happened on. */
  readonly machine: boolean;
  /** It speaks against all that is run in the same way: its runner may not work at all. */
  readonly runner: boolean;
}

/**
 * What each kind of failure calls for. A test that fails is no word against the machine it failed on; a machine that fails is none against
 * the test. Most of the rest may be either's: it costs the test a retry, and is remembered of the machine until something succeeds there.
 */
const blames: Readonly<Record<FailureKind, Blame>> = {
  assertion: { test: true, machine: false, runner: false },
  "test-timeout": { test: true, machine: false, runner: false },
  crash: { test: true, machine: true, runner: false },
  "runner-error": { test: true, machine: true, runner: true },
  "setup-error": { test: true, machine: true, runner: true },
  // A page that takes each browser down is found out by how often: see `lossLimit`.
  "browser-crash": { test: false, machine: true, runner: false },
  infrastructure: { test: false, machine: true, runner: false },
  unsatisfiable: { test: false, machine: false, runner: false },
};

export function blameFor(kind: FailureKind): Blame {
  return blames[kind];
}
