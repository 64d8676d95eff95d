interface Event {
  readonly time_ms: number;
  readonly order: number;
  readonly run: () => void;
}

/** The world's clock and what is to happen: a heap of events, those of the same time in the order in which they were planned. */
export class Timeline {
  now_ms = 0;
  events = 0;
  #planned = 0;
  readonly #heap: Event[] = [];

  after(delay_ms: number, run: () => void): void {
    this.at(this.now_ms + Math.max(0, delay_ms), run);
  }

  at(time_ms: number, run: () => void): void {
    this.#planned += 1;
    const heap = this.#heap;
    const event = { time_ms: Math.max(time_ms, this.now_ms), order: this.#planned, run };
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** Lets the next thing happen. @returns whether there was one before `end_ms` */
  next(end_ms: number): boolean {
    const heap = this.#heap;
    const [first] = heap;
    if (first === undefined || first.time_ms > end_ms) {
      this.now_ms = end_ms;
      return false;
    }
    const last = heap.pop() as Event;
    if (heap.length > 0) this.#sink(last);
    this.now_ms = first.time_ms;
    this.events += 1;
    first.run();
    return true;
  }

  #sink(event: Event): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, event)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = event;
  }
}

function isBefore(first: Event, second: Event): boolean {
  return first.time_ms < second.time_ms || (first.time_ms === second.time_ms && first.order < second.order);
}
