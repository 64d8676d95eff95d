import { type Confirmation, type Remeasurement, confirmDifference, confirmationLooks } from "./confirmation.ts";
import { median } from "./order-statistics.ts";

/** What is to be measured next. Commits are places in the history: 0 is the good one, the last the bad one. */
export interface BisectionAsk {
  readonly step: number;
  /** Measured in turns, so many times each. */
  readonly commits: readonly number[];
  readonly times: number;
}

/** What came of it: measurements of each commit, in the order asked; for one that cannot be measured, why. */
export type BisectionAnswer = readonly (readonly Remeasurement[] | { readonly problem: string })[];

/** What one step found out about a commit. */
export interface BisectionStep {
  readonly commit: number;
  /** `skipped`: it could not be measured, or it could not be told on which side it is. */
  readonly side: "good" | "bad" | "skipped";
  readonly value?: number;
  readonly fromGood?: Confirmation;
  readonly fromBad?: Confirmation;
  readonly problem?: string;
  /** It differs from both sides: there is more than one change, and the larger part is followed. */
  readonly isBetween?: true;
}

export interface BisectionResult {
  /**
   * `found`: one commit; `suspects`: one of several, between which nothing could be told; `same` and `unknown`: the ends do not differ, or it
   * cannot be said; `unmeasurable`: one of the ends is.
   */
  readonly kind: "found" | "suspects" | "same" | "unknown" | "unmeasurable";
  /** The change is in one of these. */
  readonly suspects: readonly number[];
  readonly ends?: { readonly good: number; readonly bad: number; readonly confirmation: Confirmation };
  readonly steps: readonly BisectionStep[];
  readonly problem?: string;
}

export interface BisectionOptions {
  /** Measurements of a commit in one step, at most: 6, 12 or 24. */
  readonly repeat?: number;
  readonly minimumEffect?: number;
  readonly onStep?: (step: BisectionStep) => void;
}

/** Of the difference between the ends, a commit that is nearer to one of them than this share of it is the same. */
const nearShare = 0.25;

/**
 * Searches the commit that brought a change, by halves, as `git bisect` does. Each candidate is measured in turns with both sides anew, and
 * compared with both; what cannot be measured or told apart is skipped, and the nearest other one taken. Yields what to measure.
 * @param last the place of the bad commit
 */
export function* searchChange(
  last: number,
  { repeat = 24, minimumEffect = 0.02, onStep }: BisectionOptions = {},
): Generator<BisectionAsk, BisectionResult, BisectionAnswer> {
  let step = 0;
  const steps: BisectionStep[] = [];
  const tell = (one: BisectionStep) => {
    steps.push(one);
    onStep?.(one);
  };
  const ends = yield* measured(step, [0, last], repeat, (sides) => {
    const { decision } = compared(sides, 0, 1, minimumEffect);
    return decision !== "unknown";
  });
  if ("problem" in ends) return { kind: "unmeasurable", suspects: [], steps, problem: ends.problem };
  const confirmation = compared(ends.sides, 0, 1, minimumEffect);
  const levels = { good: levelOf(ends.sides[0]), bad: levelOf(ends.sides[1]), confirmation };
  if (confirmation.decision !== "different") return { kind: confirmation.decision, suspects: [], ends: levels, steps };
  const effect = Math.max(minimumEffect, nearShare * Math.abs(confirmation.relative?.estimate ?? 0));

  let [good, bad] = [0, last];
  const skipped = new Set<number>();
  while (bad - good > 1) {
    const candidate = nearestToMiddle(good, bad, skipped);
    if (candidate === undefined) return { kind: "suspects", suspects: range(good + 1, bad), ends: levels, steps };
    step += 1;
    const found = yield* measured(step, [good, candidate, bad], repeat, (sides) => sideOf(sides, effect) !== undefined);
    if ("problem" in found) {
      // What was measured before is not to blame: it is the candidate, unless an end has gone.
      if (found.at !== 1)
        return { kind: "suspects", suspects: range(good + 1, bad), ends: levels, steps, problem: found.problem };
      skipped.add(candidate);
      tell({ commit: candidate, side: "skipped", problem: found.problem });
      continue;
    }
    const { sides } = found;
    const side = sideOf(sides, effect);
    const fromGood = compared(sides, 0, 1, effect);
    const fromBad = compared(sides, 2, 1, effect);
    const about = { commit: candidate, value: levelOf(sides[1]), fromGood, fromBad };
    if (side === undefined) {
      skipped.add(candidate);
      tell({ ...about, side: "skipped", problem: "it cannot be told from either side" });
      continue;
    }
    if (side === "good") good = candidate;
    else bad = candidate;
    const isBetween = fromGood.decision === "different" && fromBad.decision === "different";
    tell({ ...about, side, ...(isBetween && { isBetween }) });
  }
  return { kind: "found", suspects: [bad], ends: levels, steps };
}

type Sides = readonly (readonly Remeasurement[])[];

/** Measures until it is decided, after 6, 12 and 24 of each at most. */
function* measured(
  step: number,
  commits: readonly number[],
  repeat: number,
  isDecided: (sides: Sides) => boolean,
): Generator<BisectionAsk, { readonly sides: Sides } | { readonly problem: string; readonly at: number }, BisectionAnswer> {
  let sides: Sides = commits.map(() => []);
  for (const look of confirmationLooks) {
    if (look > repeat && look !== confirmationLooks[0]) break;
    const times = look - (sides[0]?.length ?? 0);
    const answer = yield { step, commits, times };
    const grown: (readonly Remeasurement[])[] = [];
    for (const [at, one] of answer.entries()) {
      if ("problem" in one) return { problem: one.problem, at };
      grown.push([...(sides[at] ?? []), ...one]);
    }
    sides = grown;
    if (isDecided(sides)) break;
  }
  return { sides };
}

/** On which side the candidate in the middle is; undefined as long as it differs from neither. */
function sideOf(sides: Sides, minimumEffect: number): "good" | "bad" | undefined {
  const differsFromGood = compared(sides, 0, 1, minimumEffect).decision === "different";
  const differsFromBad = compared(sides, 2, 1, minimumEffect).decision === "different";
  if (differsFromGood && differsFromBad) {
    const [good, middle, bad] = sides.map(levelOf) as [number, number, number];
    return Math.abs(middle - good) < Math.abs(middle - bad) ? "good" : "bad";
  }
  if (differsFromGood) return "bad";
  return differsFromBad ? "good" : undefined;
}

function compared(sides: Sides, before: number, after: number, minimumEffect: number): Confirmation {
  return confirmDifference(sides[before] ?? [], sides[after] ?? [], { minimumEffect });
}

function levelOf(side: readonly Remeasurement[] = []): number {
  return median(side.map(({ value }) => value));
}

function nearestToMiddle(good: number, bad: number, skipped: ReadonlySet<number>): number | undefined {
  const middle = Math.floor((good + bad) / 2);
  return range(good + 1, bad - 1)
    .filter((place) => !skipped.has(place))
    .toSorted((one, other) => Math.abs(one - middle) - Math.abs(other - middle) || one - other)[0];
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
