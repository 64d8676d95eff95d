/** What a plugin did wrong, and where. */
export interface PluginFault {
  readonly plugin: string;
  /** As the end of a sentence: `in setup`, `in the hook runEnded`, `in the reporter pdf`. */
  readonly where: string;
  /** What it threw, or what is wrong with it. */
  readonly what: string;
  /** What is done about it, one sentence. */
  readonly remedy: string;
  /** The run that it has to do with. */
  readonly run?: string | undefined;
}

export function faultSentence({ plugin, where, what, remedy }: PluginFault): string {
  return `The plugin ${plugin} failed ${where}: ${what.slice(0, 1024)}. ${remedy}`;
}

/** Told of faults. @returns true when it has told people of it */
export type FaultListener = (fault: PluginFault) => boolean | void;

/** How many different faults are told of; one that fails in ever new ways must fill nobody's log. */
const faultLimit = 200;

/** Tells of each fault once, first to whoever listened last. What happens before anybody listens is kept for the first one. */
export class Faults {
  readonly #listeners: FaultListener[] = [];
  readonly #told = new Set<string>();
  readonly #untold: PluginFault[] = [];

  report(fault: PluginFault): void {
    const key = JSON.stringify([fault.plugin, fault.where, fault.run]);
    if (this.#told.has(key) || this.#told.size >= faultLimit) return;
    this.#told.add(key);
    if (this.#listeners.length === 0) this.#untold.push(fault);
    else this.#tell(fault);
  }

  /** @returns what to call to listen no longer */
  listen(listener: FaultListener): () => void {
    this.#listeners.push(listener);
    for (const fault of this.#untold.splice(0)) this.#tell(fault);
    return () => {
      const index = this.#listeners.lastIndexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    };
  }

  #tell(fault: PluginFault): void {
    for (const listener of this.#listeners.toReversed()) if (listener(fault) === true) return;
  }
}
