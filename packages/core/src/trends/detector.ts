import type { Interval } from "./analysis.ts";
import type { Evidence } from "./candidate.ts";
import { cut, type Fit, fitTo, penaltyOf } from "./fit.ts";
import { type Passed, passing } from "./gate.ts";
import type { Segmentation } from "./segmentation.ts";

/** Finds the changes of a sequence that grows at its end. Its noise is what a first stretch of it says. */
export class Detector {
  public readonly fit: Fit;
  /** What was worked out of changes found before; the values that it is about stay the same. */
  public readonly shifts = new Map<string, Interval>();
  readonly #values: number[] = [];
  readonly #segmentation: Segmentation | undefined;
  readonly #known = new Map<string, Evidence>();

  /** @param prefix the values that the noise is estimated from; they are the first ones of the sequence */
  public constructor(prefix: Float64Array) {
    this.fit = fitTo(prefix);
    for (const value of prefix) this.#values.push(value);
    // Values that are all the same have no scale, and the first other one will give them one.
    if (this.fit.deviation > 0)
      this.#segmentation = cut(prefix, prefix, { deviation: this.fit.deviation, penalty: penaltyOf(this.fit, prefix.length) });
  }

  public push(value: number): void {
    this.#values.push(value);
    this.#segmentation?.push(value);
  }

  public get count(): number {
    return this.#values.length;
  }

  public get values(): Float64Array {
    return Float64Array.from(this.#values);
  }

  public changes(minimumEffect: number): Passed[] {
    const candidates = this.#segmentation?.changes() ?? [];
    if (candidates.length === 0) return [];
    return passing(candidates, { values: this.values, ...this.fit, minimumEffect, known: this.#known });
  }
}
