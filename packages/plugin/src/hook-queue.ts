import { reasonOf } from "@shardwright/core";
import type { Faults } from "./faults.ts";
import type { Handler, HookName, Hooks } from "./hooks.ts";
import { TooLate, inTime } from "./in-time.ts";

export interface HookLimits {
  /** How long one handler may take. */
  readonly handler_ms: number;
  /** How many events may wait for a plugin's handlers; further ones are left out. */
  readonly waiting: number;
  /** So many handlers in a row that take too long, and the plugin's hooks are called no more. */
  readonly lateInRow: number;
}

export const hookLimits: HookLimits = { handler_ms: 5000, waiting: 1000, lateInRow: 3 };

interface Waiting {
  readonly hook: HookName;
  readonly event: Hooks[HookName];
}

/** Calls one plugin's handlers, one after the other, in the order in which things happened. */
export class HookQueue {
  readonly #handlers = new Map<HookName, Handler<HookName>[]>();
  readonly #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #late = 0;
  #isOff = false;
  readonly #plugin: string;
  readonly #faults: Faults;
  readonly #limits: HookLimits;

  constructor(plugin: string, faults: Faults, limits: HookLimits) {
    this.#plugin = plugin;
    this.#faults = faults;
    this.#limits = limits;
  }

  get hooks(): readonly HookName[] {
    return [...this.#handlers.keys()];
  }

  on<H extends HookName>(hook: H, handler: Handler<H>): void {
    const handlers = this.#handlers.get(hook) ?? [];
    handlers.push(handler as Handler<HookName>);
    this.#handlers.set(hook, handlers);
  }

  has(hook: HookName): boolean {
    return !this.#isOff && this.#handlers.has(hook);
  }

  /** @param event all its own: handlers may do with it what they like */
  push<H extends HookName>(hook: H, event: Hooks[H]): void {
    if (!this.has(hook)) return;
    if (this.#waiting.length >= this.#limits.waiting) {
      this.#fault(
        hook,
        event,
        `${this.#limits.waiting} events wait for its hooks already`,
        "Further ones are left out until it has caught up",
      );
      return;
    }
    this.#waiting.push({ hook, event });
    this.#working ??= this.#work();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** Calls nothing any more. */
  close(): void {
    this.#isOff = true;
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    // Whoever tells of something is not held up by what is done about it.
    await Promise.resolve();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      for (const handler of this.#handlers.get(next.hook) ?? []) await this.#call(next, handler);
    this.#working = undefined;
  }

  async #call({ hook, event }: Waiting, handler: Handler<HookName>): Promise<void> {
    if (this.#isOff) return;
    try {
      await inTime(this.#limits.handler_ms, (signal) => handler(event, signal));
      this.#late = 0;
    } catch (error) {
      this.#late = error instanceof TooLate ? this.#late + 1 : 0;
      if (this.#late < this.#limits.lateInRow) return this.#fault(hook, event, reasonOf(error), "Nothing else is affected");
      this.close();
      this.#faults.report({
        plugin: this.#plugin,
        where: "in its hooks",
        what: `${this.#late} in a row have not ended in time`,
        remedy: "They are called no more.",
      });
    }
  }

  #fault(hook: HookName, event: Hooks[HookName], what: string, remedy: string): void {
    const run = "run" in event ? event.run : undefined;
    this.#faults.report({
      plugin: this.#plugin,
      where: `in the hook ${hook}`,
      what,
      remedy: `${remedy}.`,
      ...(run !== undefined && { run }),
    });
  }
}
