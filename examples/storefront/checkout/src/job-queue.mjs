/** Runs jobs, at most `limit` at once, in the order they came. `add` resolves with its job's result. */
export class JobQueue {
  #running = 0;
  #waiting = [];

  constructor(limit) {
    this.limit = limit;
  }

  add(job) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  #next() {
    while (this.#running < this.limit && this.#waiting.length > 0) {
      const { job, resolve, reject } = this.#waiting.shift();
      this.#running += 1;
      Promise.resolve()
        .then(job)
        .then(resolve, reject)
        .finally(() => {
          this.#running -= 1;
          this.#next();
        });
    }
  }
}
