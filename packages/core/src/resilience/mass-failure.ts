import { clusterFailures } from "./clusters.ts";
import type { Observation } from "./observation.ts";

/** Tests that must fail together at least. */
export const massFailureLeast = 5;
/** The share of the tests that ran meanwhile which must have failed, over all workers and on one of them. */
const shareOfAll = 0.2;
const shareOfOne = 0.8;
/**
 * Of a failure whose words do not point at the surroundings, so many tests must have passed when run again, and this share of those that
 * were run again on another machine, or afterwards: the code was the same.
 */
const recoveredNeeded = 3;
const shareRecovered = 0.8;
/** The fingerprints that are looked at, those that struck most tests first. */
const fingerprintsTested = 50;
/** Told of one run. */
const episodesKept = 20;

/** Many unrelated tests that failed at once for a reason outside of them. */
export interface MassFailure {
  /** On several workers, or on one while others did well. */
  readonly scope: "infrastructure" | "worker";
  /** Their fingerprint where they have one in common. */
  readonly fingerprint?: string | undefined;
  readonly from_ms: number;
  readonly until_ms: number;
  /** Tests that failed so, of those that ran to an end meanwhile (on that worker). */
  readonly units: number;
  readonly of: number;
  /** Those of them that passed later in the run. */
  readonly recovered: number;
  readonly suites: readonly string[];
  readonly workers: readonly string[];
  /** Places of the attempts in the observations. */
  readonly members: readonly number[];
}

/**
 * Recognises failures of the infrastructure: a stretch of time in which at least 5 tests, and a fifth of those that ran, failed for want of
 * something around them (a refused connection, a full disk, a browser that died), or with one fingerprint and passed when run again; on
 * several workers, or in several suites where there is but one, or four fifths of all that ran on one worker. The stretches are those of the highest sum when a failure
 * counts 1 less the share needed and anything else takes that share away (maximal scoring subsequences, Ruzzo and Tompa 1999).
 */
export function massFailures(observations: readonly Observation[]): MassFailure[] {
  const order = [...observations.keys()].sort((a, b) => endOf(observations, a) - endOf(observations, b) || a - b);
  const workers = new Map<string, number[]>();
  for (const index of order) {
    const worker = observations[index]?.worker ?? "";
    const known = workers.get(worker);
    if (known === undefined) workers.set(worker, [index]);
    else known.push(index);
  }
  const kinds = [
    { hits: new Set(order.filter((index) => isEnvironmental(observations[index]))), environmental: true },
    ...clusterFailures(observations)
      .filter(({ units }) => units >= massFailureLeast)
      .slice(0, fingerprintsTested)
      .map(({ fingerprint, members }) => ({ hits: new Set(members), fingerprint, environmental: false })),
  ];
  const found: MassFailure[] = [];
  const known = new Set<number>();
  const add = (episode: MassFailure | undefined) => {
    if (episode === undefined || found.length >= episodesKept || episode.members.every((index) => known.has(index))) return;
    found.push(episode);
    for (const index of episode.members) known.add(index);
  };
  for (const kind of kinds) {
    for (const stretch of stretches(order, kind.hits, shareOfAll)) add(episodeOf(observations, stretch, kind, "infrastructure"));
    for (const own of workers.values())
      for (const stretch of stretches(own, kind.hits, shareOfOne)) add(episodeOf(observations, stretch, kind, "worker"));
  }
  return found.sort((a, b) => a.from_ms - b.from_ms || b.units - a.units);
}

/**
 * The attempts whose every failure belongs to a mass failure: a test that failed only in them and passed when run again is not flaky.
 * @returns places in the observations
 */
export function excusedAttempts(observations: readonly Observation[], episodes: readonly MassFailure[]): Set<number> {
  const excused = new Set<number>();
  const causes = new Map<number, Set<string>>();
  for (const { members, fingerprint } of episodes)
    for (const index of members) {
      const known = causes.get(index) ?? new Set<string>();
      for (const failure of observations[index]?.failures ?? [])
        if (fingerprint === undefined ? failure.environmental : failure.fingerprint === fingerprint)
          known.add(failure.fingerprint);
      causes.set(index, known);
    }
  for (const [index, known] of causes)
    if (observations[index]?.failures.every(({ fingerprint }) => known.has(fingerprint)) === true) excused.add(index);
  return excused;
}

/** The tasks that passed after attempts that failed, all of which are excused. */
export function excusedUnits(observations: readonly Observation[], episodes: readonly MassFailure[]): Set<string> {
  const excused = excusedAttempts(observations, episodes);
  if (excused.size === 0) return new Set();
  const blamed = new Set<string>();
  const passed = new Set<string>();
  for (const [index, observation] of observations.entries()) {
    if (observation.passed) passed.add(observation.unit);
    else if (!excused.has(index)) blamed.add(observation.unit);
  }
  const units = [...excused].map((index) => observations[index]?.unit ?? "");
  return new Set(units.filter((unit) => passed.has(unit) && !blamed.has(unit)));
}

interface Kind {
  readonly hits: ReadonlySet<number>;
  readonly fingerprint?: string;
  readonly environmental: boolean;
}

function episodeOf(
  observations: readonly Observation[],
  stretch: readonly number[],
  { hits, fingerprint, environmental }: Kind,
  scope: MassFailure["scope"],
): MassFailure | undefined {
  const members = stretch.filter((index) => hits.has(index));
  const struck = members.flatMap((index) => observations[index] ?? []);
  const units = new Set(struck.map(({ unit }) => unit));
  const all = new Set(stretch.map((index) => observations[index]?.unit));
  const share = scope === "worker" ? shareOfOne : shareOfAll;
  if (units.size < massFailureLeast || units.size < share * all.size) return undefined;
  const suites = [...new Set(struck.map(({ suite }) => suite))].sort();
  const workers = [...new Set(struck.map(({ worker }) => worker))].sort();
  // With nothing to compare it with, nothing is known of the one machine.
  const isCompared = observations.some(({ worker }) => worker !== workers[0]);
  if (scope === "infrastructure" && workers.length < 2 && (isCompared || suites.length < 2)) return undefined;
  const until_ms = struck.reduce((most, { ended_ms }) => Math.max(most, ended_ms), 0);
  const retries = observations.filter(({ unit }) => units.has(unit));
  const recovered = new Set(retries.filter(({ passed }) => passed).map(({ unit }) => unit)).size;
  if (!environmental) {
    const isOutside = ({ worker, began_ms, passed }: Observation) =>
      passed || (scope === "worker" ? worker !== workers[0] : began_ms >= until_ms);
    const tried = new Set(retries.filter(isOutside).map(({ unit }) => unit)).size;
    if (recovered < recoveredNeeded || recovered < shareRecovered * tried) return undefined;
  }
  return {
    scope: isCompared ? scope : "infrastructure",
    ...(fingerprint !== undefined && { fingerprint }),
    from_ms: struck.reduce((least, { began_ms }) => Math.min(least, began_ms), Infinity),
    until_ms,
    units: units.size,
    of: all.size,
    recovered,
    suites,
    workers,
    members,
  };
}

/** The stretches of the sequence in which at least that share are hits, and which are best left whole: none overlap. */
function stretches(sequence: readonly number[], hits: ReadonlySet<number>, share: number): number[][] {
  const found: number[][] = [];
  const search = (from: number, to: number): void => {
    if (found.length >= episodesKept) return;
    const best = heaviest(sequence, hits, share, from, to);
    if (best === undefined) return;
    const [start, end] = best;
    const stretch = sequence.slice(start, end);
    if (stretch.filter((index) => hits.has(index)).length < massFailureLeast) return;
    search(from, start);
    found.push(stretch);
    search(end, to);
  };
  search(0, sequence.length);
  return found;
}

/** The part with the largest sum (Kadane): `[start, end)`. */
function heaviest(
  sequence: readonly number[],
  hits: ReadonlySet<number>,
  share: number,
  from: number,
  to: number,
): readonly [number, number] | undefined {
  let best: { readonly sum: number; readonly start: number; readonly end: number } = { sum: 0, start: 0, end: 0 };
  let sum = 0;
  let start = from;
  for (let place = from; place < to; place += 1) {
    sum += hits.has(sequence[place] ?? -1) ? 1 - share : -share;
    if (sum <= 0) {
      sum = 0;
      start = place + 1;
    } else if (sum > best.sum) best = { sum, start, end: place + 1 };
  }
  return best.sum === 0 ? undefined : [best.start, best.end];
}

function isEnvironmental(observation: Observation | undefined): boolean {
  return observation?.failures.some(({ environmental }) => environmental) === true;
}

function endOf(observations: readonly Observation[], index: number): number {
  return observations[index]?.ended_ms ?? 0;
}
