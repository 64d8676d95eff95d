import type { Metrics } from "./metrics.ts";

/** For a coordinator that nobody asks: it counts nothing, and its page is empty. */
export const noMetrics: Metrics = {
  request: () => {},
  text: async () => "",
  contentType: "text/plain; charset=utf-8",
};
