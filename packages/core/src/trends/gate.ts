import { type Evidence, evidenceFor } from "./candidate.ts";
import { method } from "./method.ts";

export interface GateInput {
  readonly values: Float64Array;
  readonly deviation: number;
  readonly autocorrelation: number;
  readonly minimumEffect: number;
  /** What was found out of a stretch before: the same three indices give the same evidence. */
  readonly known: Map<string, Evidence>;
}

export interface Passed {
  readonly index: number;
  readonly evidence: Evidence;
}

/**
 * Of the places where a sequence may change, those that a test of the stretches at their sides bears out. The weakest goes first and its
 * neighbours are tested again, with the longer stretches that they have now (as M. Fleming et al. merge in "Hunter", ICPE 2023).
 */
export function passing(candidates: readonly number[], input: GateInput): Passed[] {
  const kept = candidates.slice();
  // A long series has many places for chance; of a short one even the noise is hardly known.
  const windows = Math.max(1, input.values.length / (2 * method.sideLimit), method.sideLimit / input.values.length);
  while (kept.length > 0) {
    const evidence = kept.map((index, at) => {
      const here = evidenceAt(kept[at - 1] ?? 0, index, kept[at + 1] ?? input.values.length, input);
      return { ...here, p: Math.min(1, here.p * windows) };
    });
    let worst = -1;
    let weakness = 0;
    evidence.forEach((each, at) => {
      if (holds(each, input)) return;
      const own = Math.max(each.pointwise, Number.MIN_VALUE) * (1 + 1 / Math.max(1e-9, each.deviations));
      if (own <= weakness) return;
      weakness = own;
      worst = at;
    });
    if (worst === -1) return kept.flatMap((index, at) => (evidence[at] === undefined ? [] : [{ index, evidence: evidence[at] }]));
    kept.splice(worst, 1);
  }
  return [];
}

function holds({ pointwise, p, before, after, deviations, lineOverStep }: Evidence, { minimumEffect }: GateInput): boolean {
  return (
    pointwise <= method.rankSignificance &&
    p <= method.seriesSignificance &&
    deviations >= method.leastDeviations &&
    lineOverStep >= 1 &&
    Math.abs(after - before) >= minimumEffect * Math.abs(before)
  );
}

function evidenceAt(left: number, index: number, right: number, input: GateInput): Evidence {
  const from = Math.max(left, index - method.sideLimit);
  const until = Math.min(right, index + method.sideLimit);
  const key = `${from} ${index} ${until}`;
  const known = input.known.get(key);
  if (known !== undefined) return known;
  const evidence = evidenceFor(input.values.subarray(from, index), input.values.subarray(index, until), input);
  input.known.set(key, evidence);
  return evidence;
}
