import type { HookQueue } from "./hook-queue.ts";
import { isHook } from "./hooks.ts";
import { type Kind, type PartOf, kindTitles, nameOfPart } from "./kinds.ts";
import type { Part } from "./part.ts";
import type { Plugin, PluginApi } from "./plugin.ts";
import { checkPart } from "./shapes.ts";

/** What one plugin registers while it is set up; nothing of it is in use before it is taken over as a whole. */
export class Registering {
  readonly parts: Part[] = [];
  readonly queue: HookQueue;
  isOpen = true;
  readonly #plugin: Plugin;
  readonly #isBuiltIn: boolean;

  constructor(plugin: Plugin, isBuiltIn: boolean, queue: HookQueue) {
    this.#plugin = plugin;
    this.#isBuiltIn = isBuiltIn;
    this.queue = queue;
  }

  get known(): { name: string; version: string; shardwright: string | undefined; isBuiltIn: boolean } {
    const { name, version, shardwright } = this.#plugin;
    return { name, version, shardwright, isBuiltIn: this.#isBuiltIn };
  }

  api(options: Readonly<Record<string, unknown>>, { version, root }: Pick<PluginApi, "version" | "root">): PluginApi {
    return {
      options,
      version,
      root,
      runner: (value) => this.#register("runner", value),
      provider: (value) => this.#register("provider", value),
      reporter: (value) => this.#register("reporter", value),
      notifier: (value) => this.#register("notifier", value),
      dealingPolicy: (value) => this.#register("dealingPolicy", value),
      recoveryStrategy: (value) => this.#register("recoveryStrategy", value),
      metricSource: (value) => this.#register("metricSource", value),
      on: (hook, handler) => {
        this.#requireOpen();
        if (!isHook(hook)) throw new Error(`there is no hook ${String(hook)}`);
        if (typeof handler !== "function") throw new Error(`the handler of the hook ${hook} is no function`);
        this.queue.on(hook, handler);
      },
    };
  }

  #register<K extends Kind>(kind: K, value: PartOf[K]): void {
    this.#requireOpen();
    checkPart(kind, value);
    const { name: plugin, version } = this.#plugin;
    const part = { kind, name: nameOfPart(kind, value), plugin, version, isBuiltIn: this.#isBuiltIn, value };
    if (this.parts.some((other) => other.kind === kind && other.name === part.name))
      throw new Error(`it registers the ${kindTitles[kind]} ${part.name} twice`);
    this.parts.push(part);
  }

  #requireOpen(): void {
    if (!this.isOpen) throw new Error("parts and hooks are registered in setup, and not later");
  }
}
