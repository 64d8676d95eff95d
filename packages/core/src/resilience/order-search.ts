import { SequentialTest } from "./likelihood-ratio.ts";

/** What became of the victim after some of the candidates had run before it in one process; `unknown` where it has no result. */
export type VictimOutcome = "failed" | "passed" | "unknown";

export interface OrderSearchOptions {
  /** How many sets of candidates are tried at a time. */
  readonly parallel: number;
  /** Runs of the victim at most. */
  readonly runs_limit: number;
  /** How often the victim is run alone, and after all candidates, before it is said that it does not fail there. */
  readonly repetitions: number;
}

export interface OrderVerdict {
  /**
   * `found`: the victim fails after these, and after none of them less; `fails-alone`: it is not order dependent; `passes-in-order`: it did
   * not fail after all of them; `indistinct`: it fails about as often alone; `unconfirmed`: what was found did not hold; `gave-up`: the
   * limit of runs was reached, and it is among these; `no-result`: the victim had no result in the runs.
   */
  readonly kind: "found" | "fails-alone" | "passes-in-order" | "indistinct" | "unconfirmed" | "gave-up" | "no-result";
  /** Candidates, by their index, in their order. */
  readonly polluters: readonly number[];
  readonly runs: number;
  /** How often it failed of how many runs with a result: alone, and after all candidates. */
  readonly alone: Rate;
  readonly in_order: Rate;
}
export interface Rate {
  readonly failed: number;
  readonly of: number;
}

/** How often a step's judgement may be wrong, at first and when what it led to did not hold; and that on what was found in the end. */
const stepErrors = [0.05, 0.005];
const resultError = 0.001;
/** Alone and after all candidates at first. */
const firstRuns = 3;
/** What never failed may yet fail so often, what always did may yet pass so often. */
const leastRate = 0.02;
const mostRate = 0.95;
/** Rates closer than this cannot be told apart in reasonable time. */
const leastDifference = 0.25;
/** One set is run so often for one judgement at most. */
const judgementLimit = 60;

type Sets = readonly (readonly number[])[];
type Search<T> = Generator<Sets, T, readonly VictimOutcome[]>;

/**
 * Finds which of the tests before a victim make it fail, in as few runs as it can: it yields sets of candidates, each to be run once before
 * the victim in one process, all of them at the same time if there is room, and is told what became of the victim each time. The set is
 * made smaller by delta debugging (A. Zeller, R. Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002, IEEE Transactions on
 * Software Engineering 28): what is left in the end fails, and without any one of it does not. Each set is judged by a sequential test, so
 * that a victim which fails by chance misleads it seldom, and one which does not is run once for each.
 */
export function* searchOrder(count: number, options: OrderSearchOptions): Search<OrderVerdict> {
  const all = Array.from({ length: count }, (_, index) => index);
  const tally = new Tally(options.runs_limit);
  const [alone, in_order] = yield* baseline(all, options, tally);
  const end = (kind: OrderVerdict["kind"], polluters: readonly number[] = []): OrderVerdict => ({
    kind,
    polluters,
    runs: tally.runs,
    alone,
    in_order,
  });
  if (alone.of === 0 || in_order.of === 0) return end("no-result");
  if (alone.failed === alone.of) return end("fails-alone");
  if (in_order.failed === 0) return end("passes-in-order");
  const clean_rate = Math.max(leastRate, alone.failed / alone.of);
  const polluted_rate = Math.min(mostRate, in_order.failed / in_order.of);
  if (polluted_rate - clean_rate < leastDifference) return end("indistinct");
  const judge = (sets: Sets, error: number) => judgeAll(sets, { clean_rate, polluted_rate, error, limit: judgementLimit }, tally);
  let found: readonly number[] = all;
  for (const error of stepErrors) {
    found = yield* minimise(all, options.parallel, (sets) => judge(sets, error), tally);
    const confirmed = tally.isSpent ? undefined : yield* confirm(found, (sets) => judge(sets, resultError));
    if (tally.isSpent) return end("gave-up", found);
    if (confirmed !== undefined) return end("found", confirmed);
  }
  return end("unconfirmed", found);
}

/**
 * Makes sure that the victim fails after these, and neither alone nor without any one of them: what a step got wrong is put right.
 * @returns undefined for what does not hold
 */
function* confirm(
  found: readonly number[],
  judge: (sets: Sets) => Search<readonly boolean[]>,
): Search<readonly number[] | undefined> {
  for (let left = found; ;) {
    const fewer = left.length < 2 ? [] : left.map((one) => left.filter((other) => other !== one));
    const [together, alone, ...without] = yield* judge([left, [], ...fewer]);
    if (together !== true || alone !== false) return undefined;
    const smaller = fewer.find((_, index) => without[index] === true);
    if (smaller === undefined) return left;
    left = smaller;
  }
}

/** Counts runs, and says when there are enough. */
class Tally {
  runs = 0;
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  get isSpent(): boolean {
    return this.runs >= this.#limit;
  }
}

/** Runs the victim alone and after all others: a few times, and more often where that tells nothing, or where it does not always end alike. */
function* baseline(all: readonly number[], { repetitions }: OrderSearchOptions, tally: Tally): Search<[Rate, Rate]> {
  const rates = [
    { failed: 0, of: 0 },
    { failed: 0, of: 0 },
  ];
  const [alone = { failed: 0, of: 0 }, in_order = { failed: 0, of: 0 }] = rates;
  const ask = function* (times: number, which: readonly number[]): Search<void> {
    const sets = which.flatMap((place) => Array.from({ length: times }, () => (place === 0 ? [] : all)));
    const outcomes = yield sets;
    tally.runs += sets.length;
    for (const [index, outcome] of outcomes.entries()) {
      const rate = rates[which[Math.floor(index / times)] ?? 0];
      if (rate === undefined || outcome === "unknown") continue;
      rate.of += 1;
      if (outcome === "failed") rate.failed += 1;
    }
  };
  yield* ask(firstRuns, [0, 1]);
  const more = Math.max(0, repetitions - firstRuns);
  const isMixed = ({ failed, of }: Rate) => failed > 0 && failed < of;
  if (more > 0 && alone.failed < alone.of && (isMixed(alone) || isMixed(in_order))) yield* ask(more, [0, 1]);
  else if (more > 0 && alone.failed === 0 && in_order.failed === 0) yield* ask(more, [1]);
  return [alone, in_order];
}

/** Whether the victim fails after each of these sets. What has no result in two tries does not count as a failure. */
function* judgeAll(
  sets: Sets,
  options: ConstructorParameters<typeof SequentialTest>[0],
  tally: Tally,
): Search<readonly boolean[]> {
  const tests = sets.map((set) => ({ set, test: new SequentialTest(options), unknown: 0 }));
  for (;;) {
    const open = tests.filter(({ test, unknown }) => test.verdict === undefined && unknown < 2);
    if (open.length === 0 || tally.isSpent) break;
    const outcomes = yield open.map(({ set }) => set);
    tally.runs += open.length;
    for (const [index, one] of open.entries()) {
      const outcome = outcomes[index] ?? "unknown";
      if (outcome === "unknown") one.unknown += 1;
      else one.test.add(outcome === "failed");
    }
  }
  return tests.map(({ test }) => test.verdict === "polluted");
}

/** The smallest part of a set that fails as it can be found by taking away. */
function* minimise(
  all: readonly number[],
  parallel: number,
  judge: (sets: Sets) => Search<readonly boolean[]>,
  tally: Tally,
): Search<readonly number[]> {
  const widest = Math.max(2, parallel);
  let left = all;
  let parts = Math.min(widest, left.length);
  while (left.length > 1 && !tally.isSpent) {
    const subsets = splitIn(left, parts);
    const alone = yield* judge(subsets);
    const failing = subsets.find((_, index) => alone[index] === true);
    if (failing !== undefined) {
      left = failing;
      parts = Math.min(widest, left.length);
      continue;
    }
    // Two parts are each other's complements.
    const complements = parts === 2 ? [] : subsets.map((subset) => left.filter((one) => !subset.includes(one)));
    const without = yield* judge(complements);
    const smaller = complements.find((_, index) => without[index] === true);
    if (smaller !== undefined) {
      left = smaller;
      parts = Math.min(Math.max(2, parts - 1), left.length);
    } else if (parts < left.length) parts = Math.min(left.length, parts * 2);
    else break;
  }
  return left;
}

/** As many parts, of sizes that differ by one at most, in their order. */
function splitIn(set: readonly number[], parts: number): readonly number[][] {
  return Array.from({ length: parts }, (_, index) =>
    set.slice(Math.floor((index * set.length) / parts), Math.floor(((index + 1) * set.length) / parts)),
  );
}
