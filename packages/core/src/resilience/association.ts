import type { Cluster } from "./clusters.ts";
import { correctionFor, exactTest, leastChance, logFactorials, type Stratum } from "./exact-test.ts";
import type { Attribute, Observation } from "./observation.ts";
import { onsetOf, type Onset } from "./onset.ts";

/** The chance with which something is said of a report in which nothing depends on anything. */
export const significance = 0.01;
/** Failures with a value that something may be said of. */
const failuresNeeded = 3;
/** The largest clusters are looked at; of smaller ones there is little to be said anyway. */
const clustersTested = 200;
/** Of what is significant of one cluster, the strongest are looked at. */
const candidatesLookedAt = 5;

/**
 * What attempts of one run are compared by, or of several, each within its run. Not the hour: within a run it tells no more than that
 * something happened in the meantime.
 */
const ofAttempts: readonly Attribute[] = ["worker", "hardware", "browser", "preceding"];

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
 * The strongest association of each cluster with a worker, a class of hardware, a browser or the test before, where it is significant. Only first attempts are counted, each task once: where the retries go hangs on what failed. Tests are compared with
 * their like alone ({@link exactTest}): a suite that is broken fails wherever it runs, and tests that need a GPU run where one is. The
 * chances are corrected for all values of all clusters ({@link correctionFor}). What fails elsewhere as well when run again is no
 * matter of the place, whatever the chances say.
 * @param tested the attributes that are looked at
 * @returns an entry for each cluster, in their order
 */
export function associate(
  observations: readonly Observation[],
  clusters: readonly Cluster[],
  tested: readonly Attribute[] = ofAttempts,
): (Association | undefined)[] {
  // Most runs fail in few tests, and a large one takes long to count.
  if (clusters.every(({ members }) => members.length < failuresNeeded)) return clusters.map(() => undefined);
  const firsts = [...observations.keys()].filter((index) => observations[index]?.first === true);
  const tallies = tested.map((attribute) => tallyOf(observations, firsts, attribute));
  const logs = logFactorials(firsts.length);
  const family = clusters
    .slice(0, clustersTested)
    .flatMap((cluster, place) => tallies.flatMap((tally) => hypothesesOf(observations, cluster, place, tally, logs)));
  const correction = correctionFor(
    family.map(({ least_p }) => least_p),
    significance,
  );
  const significant = clusters.map((): Significant[] => []);
  for (const hypothesis of family) {
    const { cluster, strata, least_p } = hypothesis;
    if (least_p * correction > significance) continue;
    if (strata.reduce((sum, { failed_here }) => sum + failed_here, 0) < failuresNeeded) continue;
    const p = exactTest(strata, logs) * correction;
    if (p <= significance) significant[cluster]?.push({ hypothesis, p });
  }
  const index = indexOf(observations, firsts, tested);
  return clusters.map((cluster, place) => {
    // Of two that are equally strong the first attribute wins: a worker rather than its class of which it is the only one.
    const strongest = (significant[place] ?? []).sort((one, other) => one.p - other.p).slice(0, candidatesLookedAt);
    for (const { hypothesis, p } of strongest) {
      const told = describe(observations, index, cluster, hypothesis, p);
      if (told.again.failed === 0 || told.again.passed > told.again.failed) return told;
    }
    return undefined;
  });
}

interface Significant {
  readonly hypothesis: Hypothesis;
  readonly p: number;
}

interface Tally {
  readonly attribute: Attribute;
  /** First attempts by what they are like, and of these by value. */
  readonly groups: ReadonlyMap<string, { total: number; values: Map<string, number> }>;
}

function tallyOf(observations: readonly Observation[], firsts: readonly number[], attribute: Attribute): Tally {
  const groups = new Map<string, { total: number; values: Map<string, number> }>();
  const totals = new Map<string, number>();
  for (const index of firsts) {
    const observation = observations[index];
    const value = observation?.values[attribute];
    if (observation === undefined || value === undefined) continue;
    const key = groupOf(observation, attribute);
    const group = groups.get(key) ?? { total: 0, values: new Map<string, number>() };
    group.total += 1;
    group.values.set(value, (group.values.get(value) ?? 0) + 1);
    groups.set(key, group);
    totals.set(value, (totals.get(value) ?? 0) + 1);
  }
  // Of values as rare as that nothing can be said, and there may be as many of them as tests.
  for (const { values } of groups.values())
    for (const value of values.keys()) if ((totals.get(value) ?? 0) < failuresNeeded) values.delete(value);
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

/** Where to find what there is to say of a value without reading all observations. */
interface ObservationIndex {
  /** Places of first attempts by attribute and value, in their order. */
  readonly byValue: ReadonlyMap<Attribute, ReadonlyMap<string, readonly number[]>>;
  /** How many of them have a value of the attribute. */
  readonly valued: ReadonlyMap<Attribute, number>;
  /** Places of later attempts by task. */
  readonly later: ReadonlyMap<string, readonly number[]>;
}

function indexOf(
  observations: readonly Observation[],
  firsts: readonly number[],
  tested: readonly Attribute[],
): ObservationIndex {
  const byValue = new Map(tested.map((attribute) => [attribute, new Map<string, number[]>()]));
  const valued = new Map<Attribute, number>();
  for (const place of firsts)
    for (const attribute of tested) {
      const value = observations[place]?.values[attribute];
      if (value === undefined) continue;
      append(byValue.get(attribute), value, place);
      valued.set(attribute, (valued.get(attribute) ?? 0) + 1);
    }
  const later = new Map<string, number[]>();
  for (const [place, { first, unit }] of observations.entries()) if (!first) append(later, unit, place);
  return { byValue, valued, later };
}

function append<K>(lists: Map<K, number[]> | undefined, key: K, place: number): void {
  const known = lists?.get(key);
  if (known === undefined) lists?.set(key, [place]);
  else known.push(place);
}

function describe(
  observations: readonly Observation[],
  { byValue, valued, later }: ObservationIndex,
  cluster: Cluster,
  { attribute, value }: Hypothesis,
  p: number,
): Association {
  const struck = new Set(cluster.members);
  const here = byValue.get(attribute)?.get(value) ?? [];
  const failing = cluster.members.filter((place) => {
    const observation = observations[place];
    return observation?.first === true && observation.values[attribute] !== undefined;
  });
  const isMachine = attribute === "worker" || attribute === "hardware";
  const since = isMachine ? onsetOf(observations, here, struck) : undefined;
  const isLate = (place: number) => (observations[place]?.began_ms ?? 0) >= (since?.at_ms ?? 0);
  const failing_here = failing.filter((place) => observations[place]?.values[attribute] === value);
  const lately = since === undefined ? here.length : here.filter(isLate).length;
  const failed_here = failing_here.filter(isLate).length;
  const again = { passed: 0, failed: 0 };
  for (const place of failing_here)
    for (const retry of later.get(observations[place]?.unit ?? "") ?? []) {
      const observation = observations[retry];
      if (observation === undefined || observation.values[attribute] === value) continue;
      if (observation.passed) again.passed += 1;
      else if (struck.has(retry)) again.failed += 1;
    }
  return {
    attribute,
    value,
    here: { failed: failed_here, of: lately },
    elsewhere: { failed: failing.length - failed_here, of: (valued.get(attribute) ?? 0) - lately },
    p: Math.min(1, p),
    ...(since !== undefined && { since }),
    again,
  };
}
