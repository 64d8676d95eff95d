import type { Metric } from "@shardwright/core";
import { memoryOfTrees } from "../../pool/processes.ts";
import { processMemory } from "./protocol.ts";

/** How often the processes are looked at while a case runs. It takes some milliseconds each time. */
const every_ms = 1000;

export interface PeakMemoryOptions {
  /** What the metric depends on. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** The browser's main process; undefined where it is not known. */
  readonly pid: number | undefined;
  /** What is measured must not be disturbed: looks only when it is asked to. */
  readonly isQuiet: boolean;
  /** Bytes of a process with all that it started; undefined where nobody tells. */
  readonly measure?: (pid: number) => Promise<number | undefined>;
}

/** What a browser's processes need together at most, of what was seen while a task ran in it. */
export class PeakMemory {
  readonly #options: PeakMemoryOptions;
  readonly #dimensions: Record<string, string>;
  #peak_bytes: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: PeakMemoryOptions) {
    this.#options = options;
    this.#dimensions = { ...options.dimensions };
  }

  /** The adapter is known once a page has asked for it. */
  noteAdapter(software: boolean): void {
    this.#dimensions["adapter"] = software ? "software" : "hardware";
  }

  /** Looks at them now and then, from here on. */
  begin(): void {
    this.end();
    if (!this.#options.isQuiet) this.#timer = setInterval(() => this.#lookAgain(), every_ms).unref();
  }

  /** Looks at them now: while the pages of a case are still there. Never throws. */
  async look(): Promise<void> {
    // One that has begun may have looked before the pages had all that they need.
    await this.#looking;
    this.#looking = this.#look().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Undefined where nothing was seen. @param isWhole all cases of the file ran, and none of them failed */
  metric(isWhole: boolean): Metric | undefined {
    if (this.#peak_bytes === undefined) return undefined;
    const metric = { name: processMemory, value: this.#peak_bytes, unit: "bytes", better: "lower" } as const;
    return { ...metric, dimensions: { ...this.#dimensions }, ...(isWhole ? {} : { partial: true as const }) };
  }

  #lookAgain(): void {
    if (this.#looking === undefined) void this.look();
  }

  async #look(): Promise<void> {
    const { pid, measure = memoryOfTree } = this.#options;
    const bytes = pid === undefined ? undefined : await measure(pid).catch(() => undefined);
    if (bytes !== undefined) this.#peak_bytes = Math.max(this.#peak_bytes ?? 0, bytes);
  }
}

async function memoryOfTree(pid: number): Promise<number | undefined> {
  return (await memoryOfTrees([pid]))?.get(pid);
}
