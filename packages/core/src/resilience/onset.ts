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
 * @param here places in the observations of what ran there; any order
 * @param struck places of what failed
 */
export function onsetOf(
  observations: readonly Observation[],
  here: readonly number[],
  struck: ReadonlySet<number>,
): Onset | undefined {
  const sorted = here.flatMap((place) => {
    const observation = observations[place];
    return observation === undefined ? [] : [{ observation, failed: struck.has(place) }];
  });
  sorted.sort((a, b) => a.observation.began_ms - b.observation.began_ms || a.observation.ended_ms - b.observation.ended_ms);
  const first = sorted.findIndex(({ failed }) => failed);
  const begun = sorted[first]?.observation;
  if (begun === undefined || first === 0) return undefined;
  const since = sorted.filter(({ observation }) => observation.began_ms >= begun.began_ms).length;
  const failed = sorted.filter((one) => one.failed).length;
  const stratum = { total: sorted.length, failed, here: since, failed_here: failed };
  if (exactTest([stratum], logFactorials(sorted.length)) * (sorted.length - 1) > significance) return undefined;
  const { preceding } = begun.values;
  return { at_ms: begun.began_ms, ...(preceding !== undefined && { after: preceding }) };
}
