import type { WorkerEvent } from "@shardwright/core";
import type { LeanConnection } from "../lean-connection.ts";

interface Waiting {
  readonly event: WorkerEvent;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Sends as a worker does: one request at a time, each with all that came meanwhile. */
export class ResultSender {
  readonly #connection: LeanConnection;
  readonly #path: string;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(connection: LeanConnection, worker: string) {
    this.#connection = connection;
    this.#path = `/api/v1/workers/${worker}/results`;
  }

  /** Resolves when it is acknowledged. */
  send(event: WorkerEvent): Promise<void> {
    const sent = new Promise<void>((resolve, reject) => this.#waiting.push({ event, resolve, reject }));
    if (!this.#isSending) {
      this.#isSending = true;
      // What others hand over in this turn goes with it.
      queueMicrotask(() => void this.#sendAll());
    }
    return sent;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        const answer = await this.#connection.post(this.#path, { events: batch.map(({ event }) => event) });
        const { accepted } = JSON.parse(answer) as { accepted: number };
        if (accepted !== batch.length)
          throw new Error(`${batch.length - accepted} of ${batch.length} results were not taken: ${answer}`);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isSending = false;
  }
}
