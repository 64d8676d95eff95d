import type { Notification } from "./parts/notifier.ts";
import type { Metric } from "./parts/metric-source.ts";
import type { CiStatus } from "./ci-status.ts";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import { type FaultListener, type PluginFault, Faults } from "./faults.ts";
import { type HookLimits, HookQueue, hookLimits } from "./hook-queue.ts";
import type { HookName, Hooks } from "./hooks.ts";
import { inTime } from "./in-time.ts";
import { type Kind, kindTitles } from "./kinds.ts";
import { checkedMetrics } from "./metrics.ts";
import type { Plugin } from "./plugin.ts";
import type { LoadedPlugin, Part, ProviderPart } from "./part.ts";
import { Registering } from "./registering.ts";

export interface PluginsOptions {
  /** Of Shardwright. */
  readonly version: string;
  readonly root: string;
  readonly setup_ms?: number;
  readonly hooks?: HookLimits;
}

const setup_ms = 10_000;
const metrics_ms = 1000;
const notification_ms = 15_000;
/** Hooks of all plugins together may hold up the end of a process for so long. */
const closing_ms = 5000;

/** What became of one notifier. */
export interface Notified {
  readonly notifier: string;
  readonly error?: unknown;
}

/**
 * The plugins of a process: what they bring, and their hooks. Whatever one of them does wrong is told to `onFault`, by its name, and affects
 * nothing else. What one of them computes without an end, nobody can break off: they run in the process that they serve.
 */
export class Plugins {
  readonly #options: PluginsOptions;
  readonly #loaded: LoadedPlugin[] = [];
  readonly #parts = new Map<Kind, Map<string, Part>>();
  readonly #queues: HookQueue[] = [];
  readonly #faults = new Faults();
  #statusOf: ((ci_system: string, run?: string) => CiStatus) | undefined;

  /** @param builtIn what comes with Shardwright: registered at once, and in the place of none of these is what a plugin brings */
  constructor(options: PluginsOptions, builtIn: readonly Plugin[] = []) {
    this.#options = options;
    for (const plugin of builtIn) {
      const registering = new Registering(plugin, true, new HookQueue(plugin.name, this.#faults, hookLimits));
      void plugin.setup(registering.api({}, options));
      this.#take(registering);
    }
  }

  get all(): readonly LoadedPlugin[] {
    return this.#loaded;
  }

  /**
   * Sets a plugin up and takes over what it registers; all of it, or nothing where it fails.
   * @throws ShardwrightError `config-invalid` where another plugin has one of its names
   */
  async add(plugin: Plugin, options: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const queue = new HookQueue(plugin.name, this.#faults, this.#options.hooks ?? hookLimits);
    const registering = new Registering(plugin, false, queue);
    try {
      await inTime(this.#options.setup_ms ?? setup_ms, () => plugin.setup(registering.api(options, this.#options)));
    } catch (error) {
      const problem = reasonOf(error);
      this.#loaded.push({ ...registering.known, parts: [], hooks: [], problem });
      this.fault({ plugin: plugin.name, where: "in setup", what: problem, remedy: "Nothing of it is used." });
      return;
    } finally {
      registering.isOpen = false;
    }
    this.#refuseTaken(registering.parts);
    this.#take(registering);
  }

  /** One part; a plugin's stands before a built-in one of the same name. */
  part<K extends Kind>(kind: K, name: string): Part<K> | undefined {
    return this.#partsOf(kind).get(name);
  }

  /** All parts of a kind, in the order in which they were registered. */
  parts<K extends Kind>(kind: K): readonly Part<K>[] {
    return [...this.#partsOf(kind).values()];
  }

  /**
   * All parts of a kind, by their name and their plugin's version.
   * @example coordinator.plugins.byKind("provider").get("github-0.1.0")?.status()
   */
  byKind(kind: "provider"): ReadonlyMap<string, ProviderPart>;
  byKind<K extends Kind>(kind: K): ReadonlyMap<string, Part<K>>;
  byKind(kind: Kind): ReadonlyMap<string, Part> {
    const named = this.parts(kind).map((part) => (part.kind === "provider" ? this.#withStatus(part as Part<"provider">) : part));
    return new Map(named.map((part) => [`${part.name}-${part.version}`, part]));
  }

  /** Whether anybody wants to know of something. */
  wants(hook: HookName): boolean {
    return this.#queues.some((queue) => queue.has(hook));
  }

  /** Tells all who want to know that something has happened. Returns at once, and never throws. */
  emit<H extends HookName>(hook: H, event: () => Hooks[H]): void {
    const wanting = this.#queues.filter((queue) => queue.has(hook));
    if (wanting.length === 0) return;
    const known = event();
    for (const queue of wanting) queue.push(hook, structuredClone(known));
  }

  /** Says that a plugin has done something wrong; each fault is told once. */
  fault(fault: PluginFault): void {
    this.#faults.report(fault);
  }

  /** @returns what to call to listen no longer */
  onFault(listener: FaultListener): () => void {
    return this.#faults.listen(listener);
  }

  /** Whom `status` of the providers asks: the coordinator of this process. */
  bindStatus(statusOf: (ci_system: string, run?: string) => CiStatus): void {
    this.#statusOf = statusOf;
  }

  /** Has all notifiers tell of a run, at the same time. */
  notify(notification: Notification): Promise<Notified[]> {
    const { id: run } = notification.report.run;
    return Promise.all(
      this.parts("notifier").map(async (part): Promise<Notified> => {
        const { name: notifier, plugin, value } = part;
        try {
          await inTime(notification_ms, (signal) => value.send(notification, signal));
          return { notifier };
        } catch (error) {
          this.fault({
            plugin,
            where: `in the notifier ${notifier}`,
            what: reasonOf(error),
            remedy: "Nobody was told by it.",
            run,
          });
          return { notifier, error };
        }
      }),
    );
  }

  /** What the metric sources say now, by the source's name. */
  async metrics(): Promise<{ readonly source: string; readonly metrics: readonly Metric[] }[]> {
    const answers = this.parts("metricSource").map(async ({ name: source, plugin, value }) => {
      try {
        return { source, metrics: checkedMetrics(await inTime(metrics_ms, (signal) => value.read(signal))) };
      } catch (error) {
        const remedy = "Its figures are left out.";
        this.fault({ plugin, where: `in the metric source ${source}`, what: reasonOf(error), remedy });
        return { source, metrics: [] };
      }
    });
    return await Promise.all(answers);
  }

  /** Calls the last hook, and waits until all that happened was told, but not for long. */
  async close(): Promise<void> {
    this.emit("closing", () => ({ at_ms: Date.now() }));
    await inTime(closing_ms, () => Promise.all(this.#queues.map((queue) => queue.settled()))).catch(() => {});
    for (const queue of this.#queues.splice(0)) queue.close();
  }

  #take({ known, parts, queue }: Registering): void {
    for (const part of parts) this.#partsOf(part.kind).set(part.name, part);
    this.#loaded.push({ ...known, parts, hooks: queue.hooks });
    this.#queues.push(queue);
  }

  #refuseTaken(parts: readonly Part[]): void {
    for (const { kind, name, plugin } of parts) {
      const other = this.#partsOf(kind).get(name);
      if (other === undefined || other.isBuiltIn) continue;
      throw new ShardwrightError("config-invalid", {
        problems: `  plugins: ${other.plugin} and ${plugin} both bring a ${kindTitles[kind]} ${name}: leave one of them out`,
      });
    }
  }

  #partsOf<K extends Kind>(kind: K): Map<string, Part<K>> {
    const known = this.#parts.get(kind) ?? new Map<string, Part>();
    this.#parts.set(kind, known);
    return known as unknown as Map<string, Part<K>>;
  }

  #withStatus(part: Part<"provider">): ProviderPart {
    return {
      ...part,
      status: (run) => {
        if (this.#statusOf === undefined) throw new Error("no coordinator runs in this process");
        return this.#statusOf(part.name, run);
      },
    };
  }
}
