import type { Metric } from "@shardwright/plugin";
import { Counter, Gauge, Registry } from "prom-client";

/** What plugins add to a coordinator's metrics, in Prometheus's text format; empty where they add nothing. */
export async function pluginMetrics(
  sources: readonly { readonly source: string; readonly metrics: readonly Metric[] }[],
): Promise<string> {
  const registry = new Registry();
  for (const { source, metrics } of sources) {
    const known = new Map<string, Gauge | Counter>();
    for (const { name, help, type, value, labels = {} } of metrics) {
      const made = known.get(name);
      const options = {
        name: `shardwright_plugin_${source.replaceAll("-", "_")}_${name}`,
        help,
        labelNames: Object.keys(labels),
        registers: [registry],
      };
      const figure = made ?? (type === "gauge" ? new Gauge(options) : new Counter(options));
      known.set(name, figure);
      figure.inc(labels, value);
    }
  }
  return registry.metrics();
}
