/**
 * Tasks that wait, longest expected first (equal ones in manifest order). Tasks are their indexes into `expected_ms`.
 * Adding and taking cost O(log n); removing marks the task, and it is skipped when it comes up.
 */
export class PendingQueue {
  readonly #expected_ms: ArrayLike<number>;
  readonly #heap: number[] = [];
  readonly #members = new Set<number>();
  #total_ms = 0;

  constructor(expected_ms: ArrayLike<number>) {
    this.#expected_ms = expected_ms;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Expected time of all that waits here, in milliseconds. */
  get total_ms(): number {
    return this.#members.size === 0 ? 0 : this.#total_ms;
  }

  expected_ms(task: number): number {
    return this.#expected_ms[task] ?? 0;
  }

  add(task: number): void {
    if (this.#members.has(task)) return;
    this.#members.add(task);
    this.#total_ms += this.expected_ms(task);
    this.#heap.push(task);
    this.#rise(this.#heap.length - 1);
  }

  remove(task: number): void {
    if (this.#members.delete(task)) this.#total_ms -= this.expected_ms(task);
  }

  /** The longest task, left where it is. */
  first(): number | undefined {
    while (this.#heap.length > 0) {
      const top = this.#heap[0] as number;
      if (this.#members.has(top)) return top;
      this.#dropTop();
    }
    return undefined;
  }

  /** The longest task, taken out. */
  take(): number | undefined {
    const task = this.first();
    if (task === undefined) return undefined;
    this.#dropTop();
    this.remove(task);
    return task;
  }

  #before(a: number, b: number): boolean {
    const difference = this.expected_ms(a) - this.expected_ms(b);
    return difference === 0 ? a < b : difference > 0;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const task = heap[start] as number;
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(task, heap[parent] as number)) break;
      heap[index] = heap[parent] as number;
      index = parent;
    }
    heap[index] = task;
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] as number, heap[child] as number)) child += 1;
      if (!this.#before(heap[child] as number, last)) break;
      heap[index] = heap[child] as number;
      index = child;
    }
    heap[index] = last;
  }
}
