import { exactTest, logFactorials } from "./exact-test.ts";
import type { Observation } from "./observation.ts";

/** How unlikely it must be that nothing failed before, if nothing had changed. */
const significance = 0.01;

/** When failures began somewhere. */
export interface Onset {
  /** When the first attempt that failed began, in milliseconds since 1970. */
  readonly at_ms: number;
  /** The test that ran there right before it, where one is known. */
  readonly after?: string | undefined;
}

/**
 * When a machine that had been well began to fail: with the first failure, if so many tests before it would hardly have passed by chance.
 * Fisher's exact test of what ran before against what ran since, corrected for all places at which it could have begun.
 * @param here what ran there; any order
 */
export function onsetOf(here: readonly (Observation & { readonly failed: boolean })[]): Onset | undefined {
  const sorted = here.toSorted((a, b) => a.began_ms - b.began_ms || a.ended_ms - b.ended_ms);
  const first = sorted.findIndex(({ failed }) => failed);
  const begun = sorted[first];
  if (begun === undefined || first === 0) return undefined;
  const since = sorted.filter(({ began_ms }) => began_ms >= begun.began_ms);
  const failed = sorted.filter((one) => one.failed).length;
  const stratum = { total: sorted.length, failed, here: since.length, failed_here: failed };
  if (exactTest([stratum], logFactorials(sorted.length)) * (sorted.length - 1) > significance) return undefined;
  const { preceding } = begun.values;
  return { at_ms: begun.began_ms, ...(preceding !== undefined && { after: preceding }) };
}
