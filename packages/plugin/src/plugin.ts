import type { Handler, HookName } from "./hooks.ts";
import type { PartOf } from "./kinds.ts";

/** What a plugin registers with while it is set up. Each call checks the shape, and throws for what is none. */
export interface PluginApi {
  /** What stands beside the plugin's name in the configuration: `plugins: [["name", { … }]]`. An empty object when there is nothing. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Version of Shardwright that runs. */
  readonly version: string;
  /** The folder of the configuration file, or the current one. */
  readonly root: string;
  runner(runner: PartOf["runner"]): void;
  provider(provider: PartOf["provider"]): void;
  reporter(reporter: PartOf["reporter"]): void;
  notifier(notifier: PartOf["notifier"]): void;
  dealingPolicy(policy: PartOf["dealingPolicy"]): void;
  recoveryStrategy(strategy: PartOf["recoveryStrategy"]): void;
  metricSource(source: PartOf["metricSource"]): void;
  /** Has a function called whenever something happens. Calls come one after the other, in order. */
  on<H extends HookName>(hook: H, handler: Handler<H>): void;
}

export interface Plugin {
  /** Of the package: `shardwright-plugin-zig`. */
  readonly name: string;
  /** Its own: `1.2.0`. */
  readonly version: string;
  /** The versions of Shardwright that it was written for: `^0.1`. Others are refused. Any, when absent. */
  readonly shardwright?: string;
  /** Registers what the plugin brings; nothing of it is used when this throws, or has not ended within 10 seconds. */
  setup(api: PluginApi): void | Promise<void>;
}

/**
 * Declares a plugin: the default export of its package, or an entry of `plugins` in the configuration file.
 * @example
 * export default definePlugin({
 *   name: "shardwright-plugin-zig",
 *   version: "1.0.0",
 *   shardwright: "^0.1",
 *   setup: (api) => api.runner(zigRunner),
 * });
 */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
