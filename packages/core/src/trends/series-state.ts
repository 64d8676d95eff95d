import type { MachineMix, SeriesAnalysis } from "./analysis.ts";
import { Detector } from "./detector.ts";
import { penaltyOf } from "./fit.ts";
import { machineOffsets } from "./machines.ts";
import { method } from "./method.ts";
import { analysisDefaults, type AnalysisOptions } from "./options.ts";
import { median } from "./order-statistics.ts";
import { isUsable, type Series, type SeriesPoint } from "./series.ts";
import { summarise } from "./summarise.ts";

/**
 * The analysis of one series, kept up to date point by point: what it says after some points is what `analyseSeries` says of all of them.
 * The noise, and what sets machines apart, is estimated from a first part of the series: all of it up to 24 points, and then anew whenever it
 * has grown by a tenth. In between a point costs one step of the segmentation. Of a series of more than 2,000 points the newest are looked at.
 */
export class SeriesState {
  readonly #series: Omit<Series, "points">;
  readonly #options: AnalysisOptions;
  /** The usable points of the window: what they measured, which machine did, and where they are among all points. */
  readonly #values: number[] = [];
  readonly #machines: (string | undefined)[] = [];
  readonly #indices: number[] = [];
  #points = 0;
  #prefix = 0;
  #offsets: ReadonlyMap<string, number> = new Map();
  #plain = new Detector(new Float64Array());
  #adjusted: Detector | undefined;

  public constructor(series: Omit<Series, "points">, options: Partial<AnalysisOptions> = {}) {
    this.#series = series;
    this.#options = { ...analysisDefaults, ...options };
  }

  public add(point: SeriesPoint): void {
    if (!this.#take(point)) return;
    this.#shorten();
    const count = this.#values.length;
    if (count - 1 === this.#plain.count && this.#prefix === prefixOf(count) && this.#plain.fit.deviation > 0)
      this.#push(count - 1);
    else this.#estimate();
  }

  /** The same as adding one after the other, in a fraction of the time. */
  public addAll(points: readonly SeriesPoint[]): void {
    for (const point of points) this.#take(point);
    this.#shorten();
    this.#estimate();
  }

  public analysis(): SeriesAnalysis {
    const detector = this.#adjusted ?? this.#plain;
    const changes = detector.changes(this.#options.minimumEffect);
    return summarise({
      series: this.#series,
      options: this.#options,
      values: detector.values,
      measured: this.#values,
      machines: this.#machines,
      indices: this.#indices,
      deviation: detector.fit.deviation,
      autocorrelation: detector.fit.autocorrelation,
      penalty: penaltyOf(detector.fit, Math.max(2, this.#prefix)),
      changes,
      shifts: detector.shifts,
      mix: this.#mix(changes.map(({ index }) => index)),
    });
  }

  #take(point: SeriesPoint): boolean {
    const index = this.#points;
    this.#points += 1;
    if (!isUsable(point)) return false;
    this.#values.push(point.value);
    this.#machines.push(point.machine);
    this.#indices.push(index);
    return true;
  }

  /** Drops the oldest points of a series that is too long, some hundred at once, so that the rest is not estimated anew each time. */
  #shorten(): void {
    const over = this.#values.length - method.pointsLimit;
    if (over <= 0) return;
    const dropped = Math.ceil(over / method.pointsStep) * method.pointsStep;
    for (const column of [this.#values, this.#machines, this.#indices]) column.splice(0, dropped);
  }

  #estimate(): void {
    const count = this.#values.length;
    this.#prefix = prefixOf(count);
    const prefix = Float64Array.from(this.#values.slice(0, this.#prefix));
    this.#plain = new Detector(prefix);
    if (this.#plain.fit.deviation === 0 && this.#prefix < count) {
      // Nothing varied so far: all there is has to say what does.
      this.#prefix = count;
      this.#plain = new Detector(Float64Array.from(this.#values));
    }
    const known = this.#values.slice(0, this.#prefix);
    this.#offsets = machineOffsets(Float64Array.from(known), this.#machines.slice(0, this.#prefix), this.#plain.fit.deviation);
    this.#adjusted =
      this.#offsets.size === 0 ? undefined : new Detector(Float64Array.from(known, (_, index) => this.#adjustedValue(index)));
    for (let index = this.#prefix; index < count; index += 1) this.#push(index);
  }

  #push(index: number): void {
    this.#plain.push(this.#values[index] ?? Number.NaN);
    this.#adjusted?.push(this.#adjustedValue(index));
  }

  #adjustedValue(index: number): number {
    return (this.#values[index] ?? Number.NaN) - (this.#offsets.get(this.#machines[index] ?? "") ?? 0);
  }

  #mix(changes: readonly number[]): MachineMix | undefined {
    if (this.#offsets.size === 0) return undefined;
    const level = Math.abs(median(this.#values));
    const machines = [...this.#offsets].map(([machine, offset]) => ({
      machine,
      points: this.#machines.filter((name) => name === machine).length,
      offset,
      relative: level === 0 ? Number.NaN : offset / level,
    }));
    const explained = this.#plain
      .changes(this.#options.minimumEffect)
      .filter(({ index }) => !changes.some((change) => Math.abs(change - index) <= nearby))
      .map(({ index }) => this.#indices[index] ?? index);
    return { machines, explained };
  }
}

/** Two places so near each other are one change, seen with and without the machines' offsets. */
const nearby = 5;

/** How many points the noise of a series of `count` points is estimated from. */
function prefixOf(count: number): number {
  if (count < method.refitUntil) return count;
  let prefix: number = method.refitUntil;
  for (let next = prefix; next <= count; next = Math.ceil(next * method.refitGrowth)) prefix = next;
  return prefix;
}
