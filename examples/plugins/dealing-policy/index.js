// @ts-check
import { definePlugin } from "@shardwright/plugin";

/**
 * Deals out first the files whose path contains one of these texts, and of those and of the others the longest.
 * @param {readonly string[]} urgent
 * @returns {import("@shardwright/plugin").DealingPolicy}
 */
export const urgentFirst = (urgent) => ({
  name: "urgent-first",
  choose({ queues, task }) {
    for (const [queue, { pending, atMost_ms }] of queues.entries())
      for (let next = pending.first(atMost_ms); next !== undefined; next = pending.after(next)) {
        const { file } = task(next);
        if (urgent.some((text) => file.includes(text))) return { queue, tasks: [next] };
      }
    // Nothing is urgent any more: the longest that waits.
    let longest;
    for (const [queue, { pending, atMost_ms }] of queues.entries()) {
      const first = pending.first(atMost_ms);
      if (first === undefined) continue;
      const duration_ms = pending.duration_ms(first);
      if (longest === undefined || duration_ms > longest.duration_ms) longest = { queue, tasks: [first], duration_ms };
    }
    return longest;
  },
});

export default definePlugin({
  name: "shardwright-plugin-urgent-first",
  version: "1.0.0",
  shardwright: "^0.1",
  setup(api) {
    const { urgent = [] } = api.options;
    if (!Array.isArray(urgent) || urgent.some((text) => typeof text !== "string"))
      throw new Error("options.urgent: give a list of texts");
    api.dealingPolicy(urgentFirst(urgent));
  },
});
