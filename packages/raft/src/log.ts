import type { Base, Configuration, Entry, Index, Snapshot, Term } from "./types.ts";

const overhead_bytes = 48;

/** What an entry costs in memory and on the wire, in bytes, about. */
export function sizeOf(entry: Entry): number {
  return entry.kind === "data" ? sizeOfData(entry.data) : overhead_bytes;
}

export function sizeOfData(data: Uint8Array): number {
  return overhead_bytes + data.byteLength;
}

/** The log in memory: what comes after its base, which configurations it holds, and how much of it is durable. */
export class Log {
  #base: Base;
  #entries: Entry[];
  #configurations: { readonly index: Index; readonly configuration: Configuration }[] = [];
  /** Writes that are not durable yet, oldest first: each touches everything from an index on. */
  #pending: { readonly token: number; readonly from: Index }[] = [];

  constructor(base: Base, entries: readonly Entry[]) {
    this.#base = base;
    this.#entries = [];
    this.append(entries);
  }

  get base(): Base {
    return this.#base;
  }

  get last(): Index {
    return this.#base.index + this.#entries.length;
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#base.term;
  }

  /**
   * Everything up to here is on the disk as it is in memory. A write that is still under way spoils all that it touches: what an
   * earlier one made durable there is being overwritten, so the order in which writes end does not matter.
   */
  get stable(): Index {
    let stable = this.last;
    for (const { from } of this.#pending) stable = Math.min(stable, from - 1);
    return stable;
  }

  /** The configuration in use: the latest one in the log, committed or not (§4.1). */
  get configuration(): Configuration {
    return this.#configurations.at(-1)?.configuration ?? this.#base.configuration;
  }

  /** Where that configuration stands; the base's index if it came with the base. */
  get configurationIndex(): Index {
    return this.#configurations.at(-1)?.index ?? this.#base.index;
  }

  configurationAt(index: Index): Configuration {
    return this.#configurations.findLast((each) => each.index <= index)?.configuration ?? this.#base.configuration;
  }

  /** Undefined outside the log. */
  termAt(index: Index): Term | undefined {
    return index === this.#base.index ? this.#base.term : this.entryAt(index)?.term;
  }

  entryAt(index: Index): Entry | undefined {
    return this.#entries[index - this.#base.index - 1];
  }

  /** Entries from one index to another, both included. */
  between(first: Index, last: Index): readonly Entry[] {
    return this.#entries.slice(first - this.#base.index - 1, last - this.#base.index);
  }

  /** Entries from an index on, as many as fit into so many bytes, but one at least. */
  from(first: Index, limit_bytes: number): readonly Entry[] {
    const taken: Entry[] = [];
    let size = 0;
    for (let at = first - this.#base.index - 1; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at];
      if (entry === undefined) break;
      size += sizeOf(entry);
      if (taken.length > 0 && size > limit_bytes) break;
      taken.push(entry);
    }
    return taken;
  }

  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.index !== this.last + 1) throw new Error(`entry ${entry.index} does not follow ${this.last}`);
      this.#entries.push(entry);
      if (entry.kind === "configuration") this.#configurations.push(entry);
    }
  }

  truncateFrom(index: Index): void {
    this.#entries.length = index - this.#base.index - 1;
    this.#configurations = this.#configurations.filter((each) => each.index < index);
  }

  /** The last index up to `index` whose term is at most `term`: the logs cannot agree on anything after it. */
  lastWithTermUpTo(index: Index, term: Term): Index {
    let at = Math.min(index, this.last);
    while (at > this.#base.index && (this.termAt(at) ?? 0) > term) at -= 1;
    return at;
  }

  /** Whether a log that ends so is at least as up to date as this one (§3.6.1). */
  isUpToDate(lastIndex: Index, lastTerm: Term): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);
  }

  /** Drops everything up to an index that it holds. */
  compact(to: Index): Base {
    const base = { index: to, term: this.termAt(to) ?? 0, configuration: this.configurationAt(to) };
    this.#entries.splice(0, to - this.#base.index);
    this.#configurations = this.#configurations.filter((each) => each.index > to);
    this.#base = base;
    return base;
  }

  /** Begins at a snapshot. What follows it stays if the log agrees with it (§5.1). @returns whether it stayed */
  install({ index, term, configuration }: Snapshot): boolean {
    if (this.termAt(index) === term) {
      this.compact(index);
      return true;
    }
    this.#entries = [];
    this.#configurations = [];
    this.#base = { index, term, configuration };
    return false;
  }

  writing(token: number, from: Index): void {
    this.#pending.push({ token, from });
  }

  /** This write and all before it are durable. */
  persisted(token: number): void {
    this.#pending = this.#pending.filter((each) => each.token > token);
  }
}
