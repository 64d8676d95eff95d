import { metricSchema, computedValueSchema, metricsLimit, reasonOf, type CaseResult, type Metric } from "@shardwright/core";
import type { Page } from "playwright-core";
import { percentilesOf, summarise, type Summary } from "../../measuring/statistics.ts";
import type { MeasureOptions, MetricOptions, Metrics } from "../tools.ts";

const replicatesLimit = 1000;
const computedLimit = 16;

/** What one case measured and computed. */
export class Measurements implements Metrics {
  #metrics: Metric[] = [];
  #computed: NonNullable<CaseResult["computed"]> = [];
  readonly #dimensions: Record<string, string>;
  readonly #warn: (line: string) => void;
  #dropped = 0;

  /** @param dimensions what all of its metrics depend on */
  constructor(dimensions: Readonly<Record<string, string>>, warn: (line: string) => void) {
    this.#dimensions = { ...dimensions };
    this.#warn = warn;
  }

  /** The adapter is known once a page has asked for it. */
  noteAdapter(software: boolean): void {
    this.#dimensions["adapter"] = software ? "software" : "hardware";
  }

  record(name: string, value: number, options: MetricOptions = {}): void {
    this.#add({ name, value, ...described(options) });
  }

  recordAll(name: string, values: readonly number[], options: MetricOptions = {}): Summary {
    const summary = summarise(values);
    const replicates = values.slice(0, replicatesLimit);
    this.#add({ name, value: summary.p50, replicates: [...replicates], ...described(options) });
    for (const percentile of percentilesOf(values))
      this.#add({ name: `${name}.${percentile.name}`, value: percentile.value, ...described(options) });
    return summary;
  }

  async measure(name: string, work: () => unknown, options: MeasureOptions = {}): Promise<Summary> {
    const { warmup = 1, repetitions = 10 } = options;
    if (!Number.isInteger(repetitions) || repetitions < 1 || repetitions > replicatesLimit)
      throw new RangeError(`repetitions is a whole number from 1 to ${replicatesLimit}, not ${repetitions}`);
    if (!Number.isInteger(warmup) || warmup < 0) throw new RangeError(`warmup is a whole number from 0, not ${warmup}`);
    const values: number[] = [];
    for (let turn = -warmup; turn < repetitions; turn += 1) {
      const begun = performance.now();
      const said = await work();
      const took_ms = typeof said === "number" ? said : performance.now() - begun;
      if (turn >= 0) values.push(took_ms);
    }
    return this.recordAll(name, values, { unit: "ms", ...options });
  }

  async frames(page: Page, count = 60): Promise<Summary> {
    const intervals = await page.evaluate<number[]>(`shardwright.frames(${count})`);
    const summary = this.recordAll("frame.interval", intervals, { unit: "ms" });
    if (summary.mean > 0) this.record("frame.rate", 1000 / summary.mean, { unit: "1/s", better: "higher" });
    return summary;
  }

  async heap(page: Page): Promise<number | undefined> {
    const bytes = await page.evaluate<number | undefined>("shardwright.heap_bytes()");
    if (bytes !== undefined) this.record("memory.heap", bytes, { unit: "bytes" });
    return bytes;
  }

  compute(
    name: string,
    values: ArrayLike<number>,
    tolerance: { readonly absolute?: number; readonly relative?: number } = { relative: 1e-4 },
  ): void {
    const { absolute = 0, relative = 0 } = tolerance;
    const parsed = computedValueSchema.safeParse({ name, values: Array.from(values), tolerance: { absolute, relative } });
    if (!parsed.success) throw new TypeError(`compute(${JSON.stringify(name)}): ${reasonOf(parsed.error)}`);
    if (this.#computed.length < computedLimit) this.#computed.push(parsed.data);
    else this.#warn(`A case tells ${computedLimit} computed results at most: ${name} is left out.\n`);
  }

  /** What there is since this was asked last, for a case's result. @param isWhole it passed, so that what it measured can be compared */
  take(isWhole: boolean): Pick<CaseResult, "metrics" | "computed"> {
    if (this.#dropped > 0) this.#warn(`A case brings ${metricsLimit} metrics at most: ${this.#dropped} were left out.\n`);
    const metrics = this.#metrics.map((metric): Metric => {
      const dimensions = { ...this.#dimensions, ...metric.dimensions };
      return { ...metric, dimensions, ...(isWhole ? {} : { partial: true }) };
    });
    const computed = this.#computed;
    this.#metrics = [];
    this.#computed = [];
    this.#dropped = 0;
    return { ...(metrics.length > 0 && { metrics }), ...(computed.length > 0 && { computed }) };
  }

  #add(metric: Metric): void {
    const parsed = metricSchema.safeParse(metric);
    if (!parsed.success) throw new TypeError(`The metric ${JSON.stringify(metric.name)} is not valid: ${reasonOf(parsed.error)}`);
    if (this.#metrics.length < metricsLimit) this.#metrics.push(parsed.data);
    else this.#dropped += 1;
  }
}

function described({ unit = "", better = "lower", dimensions }: MetricOptions): Omit<Metric, "name" | "value"> {
  return { unit, better, ...(dimensions && { dimensions: { ...dimensions } }) };
}
