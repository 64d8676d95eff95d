/** One figure, as Prometheus knows it. */
export interface Metric {
  /** Lower case, digits and underscores, the unit last: `build_minutes_left`. `shardwright_plugin_` and the source's name come before it. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Adds figures of its own to those that a coordinator shows at `/metrics`. */
export interface MetricSource {
  /** Lower case and dashes. */
  readonly name: string;
  /**
   * The figures as they are now, at most 1,000; asked whenever somebody reads the metrics.
   * @param signal aborted when it takes too long; the figures are left out then
   */
  read(signal: AbortSignal): readonly Metric[] | Promise<readonly Metric[]>;
}
