// @ts-check
import { definePlugin } from "@shardwright/plugin";

/**
 * A file that has run out of time once is tried elsewhere; the second time it is given up, whatever the run allows. All else goes elsewhere at once.
 * @type {import("@shardwright/plugin").RecoveryStrategy}
 */
export const noSecondWait = {
  name: "no-second-wait",
  decide: ({ kind, failures }) => (kind === "test-timeout" && failures > 1 ? "give-up" : "elsewhere"),
};

export default definePlugin({
  name: "shardwright-plugin-no-second-wait",
  version: "1.0.0",
  shardwright: "^0.1",
  setup: (api) => api.recoveryStrategy(noSecondWait),
});
