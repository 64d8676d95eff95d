import type { LogDialect } from "../provider.ts";

/** A log that folds nothing and obeys nobody. */
export const plainLog: LogDialect = {
  group: (title) => ({ open: `${title}\n`, close: "" }),
  neutralise: (text) => text,
};
