import { randomUUID } from "node:crypto";

/** Sessions that end after `idle_ms` without a visit. */
export class Sessions {
  #open = new Map();

  constructor(idle_ms, ended = () => {}) {
    this.idle_ms = idle_ms;
    this.ended = ended;
  }

  get count() {
    return this.#open.size;
  }

  start(data) {
    const id = randomUUID();
    const timer = setTimeout(() => this.end(id), this.idle_ms);
    this.#open.set(id, { data, timer });
    return id;
  }

  /** The session's data, undefined when it is over. A visit starts the idle time anew. */
  visit(id) {
    const session = this.#open.get(id);
    session?.timer.refresh();
    return session?.data;
  }

  end(id) {
    const session = this.#open.get(id);
    if (session === undefined) return;
    clearTimeout(session.timer);
    this.#open.delete(id);
    this.ended(id);
  }
}
