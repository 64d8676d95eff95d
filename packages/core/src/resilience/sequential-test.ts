/** A sum of evidence for a change: 0 while there is none. */
export type Evidence = number;

/**
 * Adds an attempt to the evidence that errors have become more frequent: the cumulative sum of the logarithms of how much likelier each
 * outcome is with the higher rate, never below 0 (E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954). Evidence of h comes
 * about by chance once in about e^h attempts or more.
 * @param usual the rate of its like, from 0 to 1
 */
export function withAttempt(evidence: Evidence, isWrong: boolean, usual: number): Evidence {
  const before = Math.min(0.45, Math.max(leastRate, usual));
  const after = Math.min(0.9, Math.max(suspectRate, 4 * before));
  const step = isWrong ? Math.log(after / before) : Math.log((1 - after) / (1 - before));
  return Math.max(0, evidence + step);
}

/** As many errors are usual anywhere; and from so many on a worker is worth a look. */
const leastRate = 0.03;
const suspectRate = 0.3;

/**
 * Adds how long a task took, over what it should have taken, to the evidence that a worker has become slower: Page's sum for the mean of
 * the logarithms, which are about normal, from 1 to `slower` times.
 */
export function withRatio(evidence: Evidence, ratio: number): Evidence {
  const shift = Math.log(slower);
  // One task alone says little, however long it took.
  const deviation = Math.min(mostOfOne, Math.max(-mostOfOne, Math.log(ratio) / spread));
  return Math.max(0, evidence + (shift / spread) * (deviation - shift / (2 * spread)));
}

const slower = 1.8;
/** Standard deviation of these logarithms, where durations are known as well as they usually are. */
const spread = 0.3;
const mostOfOne = 3;

/** Evidence that is believed: by chance it comes about once in some thousand attempts. */
export const believedEvidence = 7;
