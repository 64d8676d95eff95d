// @ts-check
import { definePlugin } from "@shardwright/plugin";

export default definePlugin({
  name: "shardwright-plugin-verdict-counts",
  version: "1.0.0",
  shardwright: "^0.1",
  setup(api) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    api.on("runEnded", ({ verdict }) => void counts.set(verdict, (counts.get(verdict) ?? 0) + 1));
    api.metricSource({
      name: "verdicts",
      read: () =>
        [...counts].map(([verdict, value]) => ({
          name: "runs_total",
          help: "Runs that ended since this coordinator leads, by verdict.",
          type: "counter",
          value,
          labels: { verdict },
        })),
    });
  },
});
