import { providers } from "@shardwright/ci";
import { builtInStrategies, chooseBatch } from "@shardwright/core";
import manifest from "../package.json" with { type: "json" };
import { definePlugin } from "./plugin.ts";

/** What a coordinator brings by itself, in the way any plugin would. */
export const coordinatorPlugin = definePlugin({
  name: "shardwright",
  version: manifest.version,
  setup(api) {
    for (const provider of providers) api.provider(provider);
    api.dealingPolicy({ name: "longest-first", choose: chooseBatch });
    for (const strategy of Object.values(builtInStrategies)) api.recoveryStrategy(strategy);
  },
});
