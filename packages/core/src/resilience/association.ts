import type { Cluster } from "./clusters.ts";
import { correctionFor, exactTest, leastChance, logFactorials, type Stratum } from "./exact-test.ts";
import { attributes, type Attribute, type Observation } from "./observation.ts";
import { onsetOf, type Onset } from "./onset.ts";

/** The chance with which something is said of a report in which nothing depends on anything. */
export const significance = 0.01;
/** Failures with a value that something may be said of. */
const failuresNeeded = 3;
/** The largest clusters are looked at; of smaller ones there is little to be said anyway. */
const clustersTested = 200;

export interface Share {
  readonly failed: number;
  readonly of: number;
}

/** What a cluster's failures go with. */
export interface Association {
  readonly attribute: Attribute;
  readonly value: string;
  /** First attempts with this value, since the onset where there is one, and all others. */
  readonly here: Share;
  readonly elsewhere: Share;
  /** Corrected for all that was tested. */
  readonly p: number;
  /** When it began, where it was well before. */
  readonly since?: Onset | undefined;
  /** Those that failed here and were run again elsewhere. */
  readonly again: { readonly passed: number; readonly failed: number };
}

interface Hypothesis {
  readonly cluster: number;
  readonly attribute: Attribute;
  readonly value: string;
  readonly strata: readonly Stratum[];
  readonly least_p: number;
}

/**
 * The strongest association of each cluster with a worker, a class of hardware, a browser, an hour of the day or the test before, where it
 * is significant. Only first attempts are counted, each task once: where the retries go hangs on what failed. Tests are compared with
 * their like alone ({@link exactTest}): a suite that is broken fails wherever it runs, and tests that need a GPU run where one is. The
 * chances are corrected for all values of all clusters ({@link correctionFor}). What fails elsewhere as well when run again is no
 * matter of the place, whatever the chances say.
 * @returns an entry for each cluster, in their order
 */
export function associate(observations: readonly Observation[], clusters: readonly Cluster[]): (Association | undefined)[] {
  const firsts = [...observations.keys()].filter((index) => observations[index]?.first === true);
  const tallies = attributes.map((attribute) => tallyOf(observations, firsts, attribute));
  const logs = logFactorials(firsts.length);
  const family = clusters
    .slice(0, clustersTested)
    .flatMap((cluster, place) => tallies.flatMap((tally) => hypothesesOf(observations, cluster, place, tally, logs)));
  const correction = correctionFor(
    family.map(({ least_p }) => least_p),
    significance,
  );
  const found: (Association | undefined)[] = clusters.map(() => undefined);
  for (const hypothesis of family) {
    const { cluster, strata, least_p } = hypothesis;
    if (least_p * correction > significance) continue;
    if (strata.reduce((sum, { failed_here }) => sum + failed_here, 0) < failuresNeeded) continue;
    const p = exactTest(strata, logs) * correction;
    // Of two that are equally strong the first attribute wins: a worker rather than its class of which it is the only one.
    if (p > significance || p >= (found[cluster]?.p ?? Infinity)) continue;
    const told = describe(observations, clusters[cluster], hypothesis, p);
    if (told.again.failed === 0 || told.again.passed > told.again.failed) found[cluster] = told;
  }
  return found;
}

interface Tally {
  readonly attribute: Attribute;
  /** First attempts by what they are like, and of these by value. */
  readonly groups: ReadonlyMap<string, { total: number; values: Map<string, number> }>;
}

function tallyOf(observations: readonly Observation[], firsts: readonly number[], attribute: Attribute): Tally {
  const groups = new Map<string, { total: number; values: Map<string, number> }>();
  for (const index of firsts) {
    const observation = observations[index];
    const value = observation?.values[attribute];
    if (observation === undefined || value === undefined) continue;
    const key = groupOf(observation, attribute);
    const group = groups.get(key) ?? { total: 0, values: new Map<string, number>() };
    group.total += 1;
    group.values.set(value, (group.values.get(value) ?? 0) + 1);
    groups.set(key, group);
  }
  return { attribute, groups };
}

/** The browser is the test's own requirement: tests that need another one are what it is compared with. */
function groupOf(observation: Observation, attribute: Attribute): string {
  return attribute === "browser" ? observation.suite : observation.alike;
}

function hypothesesOf(
  observations: readonly Observation[],
  { members }: Cluster,
  cluster: number,
  { attribute, groups }: Tally,
  logs: Float64Array,
): Hypothesis[] {
  const failures = new Map<string, { failed: number; values: Map<string, number> }>();
  for (const index of members) {
    const observation = observations[index];
    const value = observation?.values[attribute];
    if (observation === undefined || !observation.first || value === undefined) continue;
    const key = groupOf(observation, attribute);
    const group = failures.get(key) ?? { failed: 0, values: new Map<string, number>() };
    group.failed += 1;
    group.values.set(value, (group.values.get(value) ?? 0) + 1);
    failures.set(key, group);
  }
  const strata = new Map<string, Stratum[]>();
  for (const [key, { failed, values }] of failures) {
    const group = groups.get(key);
    for (const [value, here] of group?.values ?? []) {
      const stratum = { total: group?.total ?? 0, failed, here, failed_here: values.get(value) ?? 0 };
      const known = strata.get(value);
      if (known === undefined) strata.set(value, [stratum]);
      else known.push(stratum);
    }
  }
  return [...strata].flatMap(([value, list]) => {
    const most = list.reduce((sum, { failed, here }) => sum + Math.min(failed, here), 0);
    if (most < failuresNeeded) return [];
    const least_p = leastChance(list, logs);
    return least_p > significance ? [] : [{ cluster, attribute, value, strata: list, least_p }];
  });
}

function describe(
  observations: readonly Observation[],
  cluster: Cluster | undefined,
  { attribute, value }: Hypothesis,
  p: number,
): Association {
  const struck = new Set(cluster?.members);
  const valued = [...observations.entries()].filter(([, { first, values }]) => first && values[attribute] !== undefined);
  const here = valued.filter(([, { values }]) => values[attribute] === value);
  const since =
    attribute === "worker" || attribute === "hardware"
      ? onsetOf(here.map(([index, observation]) => ({ ...observation, failed: struck.has(index) })))
      : undefined;
  const isHere = ({ values, began_ms }: Observation) => values[attribute] === value && began_ms >= (since?.at_ms ?? 0);
  const share = (entries: readonly (readonly [number, Observation])[]): Share => ({
    failed: entries.filter(([index]) => struck.has(index)).length,
    of: entries.length,
  });
  const failedHere = new Set(here.filter(([index]) => struck.has(index)).map(([, { unit }]) => unit));
  const again = { passed: 0, failed: 0 };
  for (const [index, { unit, first, passed, values }] of observations.entries()) {
    if (first || !failedHere.has(unit) || values[attribute] === value) continue;
    if (passed) again.passed += 1;
    else if (struck.has(index)) again.failed += 1;
  }
  return {
    attribute,
    value,
    here: share(valued.filter(([, observation]) => isHere(observation))),
    elsewhere: share(valued.filter(([, observation]) => !isHere(observation))),
    p: Math.min(1, p),
    ...(since !== undefined && { since }),
    again,
  };
}
