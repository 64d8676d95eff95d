import type { ShardwrightConfig } from "shardwright";

/** The project's thorough tests, dealt by itself: what fails once and then passes is told as flaky, and what fails twice has failed. */
export default {
  suites: [{ name: "thorough", runner: "vitest", directory: ".", options: { config: "vitest.thorough.config.ts" } }],
  workers: 2,
  maxRetries: 1,
  // Two workers on two processors: what is begun once more takes its time from what it is to overtake.
  speculation: false,
  timeout: 5000,
} satisfies ShardwrightConfig;
