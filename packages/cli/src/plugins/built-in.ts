import { browserRunner } from "@shardwright/browsers";
import { definePlugin } from "@shardwright/plugin";
import { builtInRunners } from "@shardwright/runners";
import { builtInReporters } from "../run/reporters.ts";
import { version } from "../version.ts";

/** What the command line brings beside a coordinator, in the way any plugin would. */
export const commandLinePlugin = definePlugin({
  name: "shardwright-cli",
  version,
  setup(api) {
    for (const runner of [...builtInRunners, browserRunner]) api.runner(runner);
    for (const reporter of builtInReporters) api.reporter(reporter);
  },
});
