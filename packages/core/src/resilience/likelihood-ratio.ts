/** How often something fails where nothing is wrong, and where something is; and how often its judgement may be wrong. */
export interface SequentialTestOptions {
  readonly clean_rate: number;
  readonly polluted_rate: number;
  /** Of each kind of wrong judgement. */
  readonly error: number;
  /** After so many observations it is judged by what speaks for it more. */
  readonly limit: number;
}

/**
 * Judges by as few observations as it takes whether something fails at the one rate or at the other: Wald's sequential probability ratio
 * test (A. Wald, Sequential Tests of Statistical Hypotheses, 1945, Annals of Mathematical Statistics 16).
 */
export class SequentialTest {
  readonly #options: SequentialTestOptions;
  /** Logarithm of how much more likely what was seen is at the higher rate. */
  #ratio = 0;
  #count = 0;

  /** @throws RangeError unless 0 < clean rate < polluted rate < 1, and the error lies between 0 and a half */
  constructor(options: SequentialTestOptions) {
    const { clean_rate: clean, polluted_rate: polluted, error } = options;
    if (!(clean > 0 && clean < polluted && polluted < 1))
      throw new RangeError(`no rates to tell apart: ${clean} and ${polluted}`);
    if (!(error > 0 && error < 0.5)) throw new RangeError(`an error of ${error} is none to keep to`);
    this.#options = options;
  }

  add(hasFailed: boolean): void {
    const { clean_rate: clean, polluted_rate: polluted } = this.#options;
    this.#ratio += hasFailed ? Math.log(polluted / clean) : Math.log((1 - polluted) / (1 - clean));
    this.#count += 1;
  }

  /** Undefined while more has to be seen. */
  get verdict(): "polluted" | "clean" | undefined {
    const { error, limit } = this.#options;
    const bound = Math.log((1 - error) / error);
    if (this.#ratio >= bound) return "polluted";
    if (this.#ratio <= -bound) return "clean";
    if (this.#count < limit) return undefined;
    return this.#ratio > 0 ? "polluted" : "clean";
  }
}
