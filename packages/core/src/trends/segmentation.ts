/**
 * Cuts a sequence into stretches of one level each, so that the sum of min((value − level)², bound²) in deviations, plus a penalty for each
 * change, is the least. That is optimal partitioning (B. Jackson et al., IEEE Signal Processing Letters 12, 2005) with a loss that no single
 * point can make large (P. Fearnhead and G. Rigaill, "Changepoint Detection in the Presence of Outliers", JASA 114, 2019), on a grid of levels:
 * the best end on each level is either on that level before, or a change from the best of all. A point costs one step for each level.
 */
export class Segmentation {
  readonly #deviation: number;
  readonly #bound: number;
  readonly #penalty: number;
  readonly #spacing: number;
  readonly #limit: number;
  readonly #values: number[] = [];
  /** The least cost of the first t values. */
  readonly #best: number[] = [];
  /** Where the last stretch begins in the best cut of the first t + 1 values. */
  readonly #starts: number[] = [];
  #levels: Float64Array;
  #costs: Float64Array;
  #since: Int32Array;
  #count: number;

  /** @param around values of which most levels will be: those known so far; others are added as they come, up to the limit */
  public constructor(
    around: ArrayLike<number>,
    options: {
      readonly deviation: number;
      readonly bound: number;
      readonly penalty: number;
      readonly step: number;
      readonly limit: number;
    },
  ) {
    this.#deviation = options.deviation;
    this.#bound = options.bound ** 2;
    this.#penalty = options.penalty;
    this.#limit = options.limit;
    const sorted = Float64Array.from(around).sort();
    let spacing = options.step * options.deviation;
    let levels = spaced(sorted, spacing);
    // A quarter of the places is left for levels that are yet to come.
    while (levels.length > options.limit * 0.75) {
      spacing *= 1.5;
      levels = spaced(sorted, spacing);
    }
    this.#spacing = spacing;
    this.#count = levels.length;
    const room = Math.min(options.limit, Math.max(16, levels.length * 2));
    this.#levels = new Float64Array(room);
    this.#levels.set(levels);
    this.#costs = new Float64Array(room);
    this.#since = new Int32Array(room);
  }

  public push(value: number): void {
    this.#addLevelFor(value);
    const index = this.#values.push(value) - 1;
    const [levels, costs, since, bound] = [this.#levels, this.#costs, this.#since, this.#bound];
    const change = index === 0 ? Infinity : (this.#best[index - 1] ?? 0) + this.#penalty;
    const scale = 1 / this.#deviation;
    let best = Infinity;
    let start = 0;
    for (let at = 0; at < this.#count; at += 1) {
      let cost = costs[at] ?? 0;
      if (change < cost) {
        cost = change;
        since[at] = index;
      }
      const off = (value - (levels[at] ?? 0)) * scale;
      const square = off * off;
      cost += square < bound ? square : bound;
      costs[at] = cost;
      if (cost < best) {
        best = cost;
        start = since[at] ?? 0;
      }
    }
    this.#best.push(best);
    this.#starts.push(start);
  }

  /** The indices at which a stretch begins, without the first. */
  public changes(): number[] {
    const found: number[] = [];
    let start = this.#starts.at(-1) ?? 0;
    while (start > 0) {
      found.push(start);
      start = this.#starts[start - 1] ?? 0;
    }
    return found.reverse();
  }

  #addLevelFor(value: number): void {
    if (this.#count >= this.#limit) return;
    for (let at = 0; at < this.#count; at += 1) if (Math.abs((this.#levels[at] ?? 0) - value) <= this.#spacing) return;
    if (this.#count === this.#levels.length) this.#grow();
    let cost = 0;
    let since = 0;
    this.#values.forEach((earlier, index) => {
      const change = index === 0 ? Infinity : (this.#best[index - 1] ?? 0) + this.#penalty;
      if (change < cost) {
        cost = change;
        since = index;
      }
      cost += Math.min(this.#bound, ((earlier - value) / this.#deviation) ** 2);
    });
    this.#levels[this.#count] = value;
    this.#costs[this.#count] = cost;
    this.#since[this.#count] = since;
    this.#count += 1;
  }

  #grow(): void {
    const room = Math.min(this.#limit, this.#levels.length * 2);
    const copied = <Kind extends Float64Array | Int32Array>(longer: Kind, from: Kind): Kind => {
      longer.set(from);
      return longer;
    };
    this.#levels = copied(new Float64Array(room), this.#levels);
    this.#costs = copied(new Float64Array(room), this.#costs);
    this.#since = copied(new Int32Array(room), this.#since);
  }
}

function spaced(sorted: Float64Array, spacing: number): Float64Array {
  let last = -Infinity;
  return sorted.filter((value) => {
    if (value - last < spacing) return false;
    last = value;
    return true;
  });
}
