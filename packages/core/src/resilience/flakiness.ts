import { associate, type Association } from "./association.ts";
import { betaQuantile } from "./beta.ts";
import type { Observation } from "./observation.ts";

/** After so long a run says half as much: a test that was mended is trusted again, and one that went bad is found out. */
export const flakinessHalfLife_ms = 30 * 86_400_000;
/**
 * What is known of a test before it ran: Beta(0.2, 9.8). It flips in 2 % of the runs on average, by which is meant as much as ten runs mean:
 * one flip in the first run makes nobody sure, and a hundred good runs outweigh it.
 */
export const flakinessPrior = { alpha: 0.2, beta: 9.8 } as const;
/** The interval holds the probability with this chance, and is as often too high as too low. */
export const credibility = 0.9;

/** A run that tells whether a test flips. */
export interface FlipObservation {
  /** Milliseconds since 1970. */
  readonly at_ms: number;
  readonly flipped: boolean;
}

/** How probable it is that a test flips in a run: a Beta distribution, and what can be read off it. */
export interface FlipPosterior {
  readonly alpha: number;
  readonly beta: number;
  readonly mean: number;
  /** The probability is in between with a chance of 90 %. */
  readonly low: number;
  readonly high: number;
}

/**
 * The Beta-Binomial posterior: each run is a trial that flips or does not, and counts for half after {@link flakinessHalfLife_ms}. Without
 * any it is the prior.
 */
export function flipPosterior(observations: readonly FlipObservation[], now_ms: number): FlipPosterior {
  let { alpha, beta }: { alpha: number; beta: number } = flakinessPrior;
  for (const { at_ms, flipped } of observations) {
    const weight = 2 ** (-Math.max(0, now_ms - at_ms) / flakinessHalfLife_ms);
    if (flipped) alpha += weight;
    else beta += weight;
  }
  const tail = (1 - credibility) / 2;
  return {
    alpha,
    beta,
    mean: alpha / (alpha + beta),
    low: betaQuantile(alpha, beta, tail),
    high: betaQuantile(alpha, beta, 1 - tail),
  };
}

/** One attempt in which a case passed, or failed in a way that may be held against it: not by the machine's fault, nor with many others. */
export interface CaseAttempt {
  readonly run: string;
  /** Names the code that it ran: what is the same in two runs is the same code. */
  readonly code: string;
  readonly passed: boolean;
  readonly began_ms: number;
  readonly ended_ms: number;
  readonly worker: string;
  readonly values: Observation["values"];
}

/** What the runs of a case say of it, whether it ever flipped or not. */
export interface Steadiness {
  /** Runs in which it failed, though the same code passed, there or in another run. */
  readonly flips: number;
  /** Runs of code that passed at least once: of what never did nobody knows what it is. */
  readonly observations: number;
  readonly posterior: FlipPosterior;
}

export interface Flakiness extends Steadiness {
  /** When it last flipped. */
  readonly last_flip_ms: number;
  /** What the flips go with. */
  readonly association: Association | undefined;
}

/**
 * How flaky a case is, by its attempts of several runs; undefined for one that never flipped. A run counts once, however often the case was
 * tried in it: retries come after failures alone, and would make a flaky test look better than it is.
 * @param attempts in any order
 */
export function flakinessOf(attempts: readonly CaseAttempt[], now_ms: number): Flakiness | undefined {
  const { telling, observations } = observationsOf(attempts);
  const flips = observations.filter(({ flipped }) => flipped);
  if (flips.length === 0) return undefined;
  return {
    ...steadinessOf(attempts, now_ms),
    last_flip_ms: flips.reduce((latest, { flipped_ms }) => Math.max(latest, flipped_ms), 0),
    association: associationOf(telling),
  };
}

/** How probable it is that a case flips, by its attempts of several runs; without any, what is known of every test before it ran. */
export function steadinessOf(attempts: readonly CaseAttempt[], now_ms: number): Steadiness {
  const { observations } = observationsOf(attempts);
  return {
    flips: observations.filter(({ flipped }) => flipped).length,
    observations: observations.length,
    posterior: flipPosterior(observations, now_ms),
  };
}

/** The attempts of code that passed at least once, in their order, and what each run of them says. */
function observationsOf(attempts: readonly CaseAttempt[]) {
  const good = new Set(attempts.filter(({ passed }) => passed).map(({ code }) => code));
  const telling = attempts
    .filter(({ code }) => good.has(code))
    .sort((a, b) => a.began_ms - b.began_ms || a.ended_ms - b.ended_ms);
  const runs = new Map<string, { at_ms: number; flipped: boolean; flipped_ms: number }>();
  for (const { run, passed, ended_ms } of telling) {
    const known = runs.get(run) ?? { at_ms: 0, flipped: false, flipped_ms: 0 };
    runs.set(run, {
      at_ms: Math.max(known.at_ms, ended_ms),
      flipped: known.flipped || !passed,
      flipped_ms: passed ? known.flipped_ms : Math.max(known.flipped_ms, ended_ms),
    });
  }
  return { telling, observations: [...runs.values()] };
}

/** What the failures of one case go with, over its runs: on a worker alone, or in a class of hardware, where that is more than chance. */
function associationOf(attempts: readonly CaseAttempt[]): Association | undefined {
  const begun = new Set<string>();
  const observations = attempts.map(({ run, passed, began_ms, ended_ms, worker, values }): Observation => {
    const first = !begun.has(run);
    begun.add(run);
    // It is compared with itself alone.
    const failures = passed ? [] : [{ fingerprint: "", environmental: false }];
    return { unit: run, alike: "", suite: "", worker, began_ms, ended_ms, first, passed, failures, values };
  });
  const members = [...observations.keys()].filter((place) => observations[place]?.passed === false);
  const units = new Set(members.map((place) => observations[place]?.unit)).size;
  return associate(observations, [{ fingerprint: "", members, units }])[0];
}
