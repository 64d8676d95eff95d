import type { Observation } from "./observation.ts";

/** Attempts that failed in the same way. */
export interface Cluster {
  readonly fingerprint: string;
  /** Places in the observations, in their order. */
  readonly members: readonly number[];
  /** How many tasks it struck. */
  readonly units: number;
}

/** Groups what failed by its fingerprint: what struck most tasks first, then what was seen first. */
export function clusterFailures(observations: readonly Observation[]): Cluster[] {
  const members = new Map<string, number[]>();
  for (const [index, { failures }] of observations.entries())
    for (const { fingerprint } of failures) {
      const known = members.get(fingerprint);
      if (known === undefined) members.set(fingerprint, [index]);
      else known.push(index);
    }
  return [...members]
    .map(([fingerprint, indexes]) => ({
      fingerprint,
      members: indexes,
      units: new Set(indexes.map((index) => observations[index]?.unit)).size,
    }))
    .sort((a, b) => b.units - a.units || b.members.length - a.members.length || (a.members[0] ?? 0) - (b.members[0] ?? 0));
}
