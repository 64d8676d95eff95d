import type { CiProvider, LogDialect } from "../provider.ts";

/** A log that folds nothing and obeys nobody. */
export const plainLog: LogDialect = {
  group: (title) => ({ open: `${title}\n`, close: "" }),
  neutralise: (text) => text,
};

/** Some CI system, of which nothing more is known. */
export const otherProvider: CiProvider = {
  name: "other",
  capabilities: {
    title: "any other",
    pull_requests: false,
    forks: false,
    attempts: false,
    jobs: false,
    log_groups: false,
    masking: false,
    cancellation: "SIGTERM",
  },
  log: plainLog,
  detect: (env) => env.CI !== undefined && env.CI !== "" && env.CI !== "false" && env.CI !== "0",
  describe: () => ({ context: { provider: "other" } }),
  channels: [],
};

/** A person's machine. */
export const noProvider: CiProvider = {
  ...otherProvider,
  name: "none",
  detect: () => true,
  describe: () => ({ context: {} }),
};
