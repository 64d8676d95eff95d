import type { TuningEvidence, TuningParameter } from "../../model/tuning.ts";
import { signedRank } from "./signed-rank.ts";

/**
 * A value on trial. Blocks of work are done under the old and the new value, two and two, and which of the two comes first is drawn by lot:
 * a switchback experiment (I. Bojinov, D. Simchi-Levi and J. Zhao, "Design and Analysis of Switchback Experiments", 2023). What changes in
 * the meantime beside the value meets both.
 */
export interface Trial {
  readonly parameter: TuningParameter;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  /** Logarithms of the new value's cost over the old one's, a pair each. */
  readonly differences: readonly number[];
  /** Whether the pair under way begins with the new value. */
  readonly newFirst: boolean;
  /** What the first block of it cost. */
  readonly first?: number | undefined;
  readonly tasks: number;
}

export interface Judgement {
  readonly verdict: "kept" | "rolled-back" | undefined;
  readonly evidence: TuningEvidence;
  readonly because: string;
}

/** A value that changes nothing is kept with this probability at most. */
export const falseKeepChance = 0.025;
/** Pairs that differ, after which it is judged; pairs at most; and those before which nothing but great harm ends it. */
const pairs = { judged: 12, most: 40, patience: 5 } as const;
/** The chance of a difference for the worse, below which no more of it is waited for. A good value that is lost so will be tried again. */
const harmChance = 0.05;
/** A pair in which the new value costs so many times more is great harm, and two of them end the trial. */
const greatHarm = Math.log(1.5);

/** Whether the block under way is to be done under the new value. */
export function isOnNew({ newFirst, first }: Trial): boolean {
  return first === undefined ? newFirst : !newFirst;
}

/** Enters what the block under way has cost. @param newFirst drawn by lot, for the next pair */
export function withBlock(trial: Trial, cost: number, tasks: number, newFirst: boolean): Trial {
  const sum = trial.tasks + tasks;
  if (trial.first === undefined) return { ...trial, first: cost, tasks: sum };
  const difference = Math.log(cost / trial.first) * (trial.newFirst ? -1 : 1);
  return { ...trial, differences: [...trial.differences, difference], first: undefined, newFirst, tasks: sum };
}

/** The same trial with the pair under way begun anew: something else has changed in the middle of it. */
export function withoutHalf(trial: Trial): Trial {
  return { ...trial, first: undefined };
}

/**
 * Keeps the new value only after all pairs are in, if so clear a difference for the better would come about by chance with a probability of
 * at most {@link falseKeepChance} and is as large as asked for. That is looked at once: when it is depends on how many pairs differ, which
 * says nothing of their signs. For the worse it is looked at after each pair.
 */
export function judge({ differences, tasks }: Trial, leastGain: number): Judgement {
  const { informative, p_below, p_above, estimate } = signedRank(differences);
  const ratio = Math.exp(estimate);
  const evidence = { pairs: differences.length, tasks, ratio, p: p_below };
  const said = `it costs ${ratio.toFixed(3)} times what the old value does`;
  const rolledBack = (because: string): Judgement => ({ verdict: "rolled-back", evidence, because });
  if (differences.filter((difference) => difference > greatHarm).length >= 2) return rolledBack(`it did great harm: ${said}`);
  if (informative >= pairs.patience && p_above <= harmChance) return rolledBack(`it does harm: ${said} (p = ${shown(p_above)})`);
  if (informative < pairs.judged && differences.length < pairs.most) return { verdict: undefined, evidence, because: said };
  if (p_below > falseKeepChance) return rolledBack(`it does not help by more than chance would: ${said} (p = ${shown(p_below)})`);
  if (ratio > 1 - leastGain) return rolledBack(`it helps too little: ${said}`);
  return { verdict: "kept", evidence, because: `it helps: ${said} (p = ${shown(p_below)})` };
}

function shown(p: number): string {
  return p < 0.001 ? "below 0.001" : p.toFixed(3);
}
