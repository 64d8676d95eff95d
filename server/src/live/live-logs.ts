import { type RunId, liveOutputLimit } from "@shardwright/core";

/** Characters kept of one running attempt, and of all together. */
const attemptLimit = 4 * liveOutputLimit;
const totalLimit = 32 * 1024 * 1024;

export interface AttemptKey {
  readonly run: RunId;
  readonly task: number;
  readonly attempt: number;
}

interface Live {
  text: string;
  /** Characters before the text. */
  start: number;
}

/**
 * The end of what running attempts have printed, in memory alone: it is for those who watch, and gone with the attempt, whose whole log
 * is stored then. The attempts that were silent for longest make room.
 */
export class LiveLogs {
  /** Those that printed last are last. */
  readonly #logs = new Map<string, Live>();
  readonly #watchers = new Map<string, Set<() => void>>();
  #total = 0;

  /** @param from place of the text in all that the attempt has printed; what is there already counts once */
  append(key: AttemptKey, from: number, text: string): void {
    const name = nameOf(key);
    const known = this.#logs.get(name) ?? { text: "", start: from };
    const end = known.start + known.text.length;
    this.#remove(name);
    // Beyond a gap only the later part can be told in order.
    const grown = from > end ? { text, start: from } : { text: known.text + text.slice(end - from), start: known.start };
    const over = Math.max(0, grown.text.length - attemptLimit);
    const kept = { text: grown.text.slice(over), start: grown.start + over };
    this.#logs.set(name, kept);
    this.#total += kept.text.length;
    for (const oldest of this.#logs.keys()) {
      if (this.#total <= totalLimit) break;
      this.#remove(oldest);
    }
    for (const ring of this.#watchers.get(name) ?? []) ring();
  }

  /** What there is after a place. */
  after(key: AttemptKey, place: number): { readonly from: number; readonly text: string } | undefined {
    const known = this.#logs.get(nameOf(key));
    if (known === undefined || known.start + known.text.length <= place) return undefined;
    const from = Math.max(place, known.start);
    return { from, text: known.text.slice(from - known.start) };
  }

  /** The attempt is over. */
  drop(key: AttemptKey): void {
    this.#remove(nameOf(key));
  }

  /** Tasks of a cancelled run end without an end of their attempts. */
  dropRun(run: RunId): void {
    for (const name of this.#logs.keys()) if (name.startsWith(`${run} `)) this.#remove(name);
  }

  /** @returns what ends the watch */
  watch(key: AttemptKey, ring: () => void): () => void {
    const name = nameOf(key);
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers);
    watchers.add(ring);
    return () => {
      watchers.delete(ring);
      if (watchers.size === 0 && this.#watchers.get(name) === watchers) this.#watchers.delete(name);
    };
  }

  #remove(name: string): void {
    this.#total -= this.#logs.get(name)?.text.length ?? 0;
    this.#logs.delete(name);
  }
}

function nameOf({ run, task, attempt }: AttemptKey): string {
  return `${run} ${task} ${attempt}`;
}
