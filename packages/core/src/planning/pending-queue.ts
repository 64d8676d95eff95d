/** Bits in a word. */
const width = 32;

/**
 * Tasks that wait, longest first (equal ones in manifest order). Tasks are their indexes into `durations_ms`. Their order is found once;
 * after that a bit for each task says whether it waits, so that adding, removing and finding cost next to nothing.
 */
export class PendingQueue {
  readonly #durations_ms: ArrayLike<number>;
  /** All tasks that may ever wait here, longest first. */
  readonly #order: readonly number[];
  readonly #places = new Map<number, number>();
  /** Which places wait. */
  readonly #waiting: Uint32Array;
  /** Which words of `#waiting` are not zero. */
  readonly #words: Uint32Array;
  #size = 0;
  #total_ms = 0;

  /** @param tasks all that may ever wait here; none of them does yet */
  constructor(durations_ms: ArrayLike<number>, tasks: readonly number[]) {
    this.#durations_ms = durations_ms;
    this.#order = [...tasks].sort((a, b) => this.duration_ms(b) - this.duration_ms(a) || a - b);
    this.#order.forEach((task, place) => this.#places.set(task, place));
    this.#waiting = new Uint32Array(Math.ceil(tasks.length / width));
    this.#words = new Uint32Array(Math.ceil(this.#waiting.length / width));
  }

  get size(): number {
    return this.#size;
  }

  /** Time of all that waits here, in milliseconds. */
  get total_ms(): number {
    return this.#size === 0 ? 0 : this.#total_ms;
  }

  duration_ms(task: number): number {
    return this.#durations_ms[task] ?? 0;
  }

  /** Whether a task waits here. */
  has(task: number): boolean {
    const place = this.#places.get(task);
    return place !== undefined && has(this.#waiting, place);
  }

  /** @throws RangeError for a task that was not named at the beginning */
  add(task: number): void {
    const place = this.#places.get(task);
    if (place === undefined) throw new RangeError(`task ${task} does not belong to this queue`);
    if (has(this.#waiting, place)) return;
    set(this.#waiting, place);
    set(this.#words, Math.floor(place / width));
    this.#size += 1;
    this.#total_ms += this.duration_ms(task);
  }

  remove(task: number): void {
    const place = this.#places.get(task);
    if (place === undefined || !has(this.#waiting, place)) return;
    const word = Math.floor(place / width);
    clear(this.#waiting, place);
    if (this.#waiting[word] === 0) clear(this.#words, word);
    this.#size -= 1;
    this.#total_ms -= this.duration_ms(task);
  }

  /** The longest task, or the longest that takes no more than so long, left where it is. */
  first(atMost_ms = Number.POSITIVE_INFINITY): number | undefined {
    let [from, to] = [0, atMost_ms === Number.POSITIVE_INFINITY ? 0 : this.#order.length];
    while (from < to) {
      const place = (from + to) >> 1;
      if (this.duration_ms(this.#order[place] ?? -1) > atMost_ms) from = place + 1;
      else to = place;
    }
    return this.#from(from);
  }

  /** The task that comes after this one, whether this one still waits or not. */
  after(task: number): number | undefined {
    const place = this.#places.get(task);
    return place === undefined ? undefined : this.#from(place + 1);
  }

  /** The longest task, taken out. */
  take(): number | undefined {
    const task = this.first();
    if (task !== undefined) this.remove(task);
    return task;
  }

  #from(place: number): number | undefined {
    const next = this.#next(place);
    return next === undefined ? undefined : this.#order[next];
  }

  /** The first place from this one on that waits. */
  #next(place: number): number | undefined {
    const word = Math.floor(place / width);
    const here = lowest((this.#waiting[word] ?? 0) & (-1 << (place % width)));
    if (here !== undefined) return word * width + here;
    for (let block = Math.floor((word + 1) / width); block < this.#words.length; block += 1) {
      const mask = block === Math.floor((word + 1) / width) ? -1 << ((word + 1) % width) : -1;
      const found = lowest((this.#words[block] ?? 0) & mask);
      if (found === undefined) continue;
      const next = block * width + found;
      return next * width + (lowest(this.#waiting[next] ?? 0) ?? 0);
    }
    return undefined;
  }
}

function has(bits: Uint32Array, place: number): boolean {
  return ((bits[Math.floor(place / width)] ?? 0) & (1 << (place % width))) !== 0;
}

function set(bits: Uint32Array, place: number): void {
  const word = Math.floor(place / width);
  bits[word] = (bits[word] ?? 0) | (1 << (place % width));
}

function clear(bits: Uint32Array, place: number): void {
  const word = Math.floor(place / width);
  bits[word] = (bits[word] ?? 0) & ~(1 << (place % width));
}

function lowest(word: number): number | undefined {
  return word === 0 ? undefined : width - 1 - Math.clz32(word & -word);
}
