import { pause, type Client } from "@shardwright/client";
import { ShardwrightError, type OutputRequest } from "@shardwright/core";
import type { Link } from "../connection/link.ts";
import type { AttemptIdentity } from "../results/outbox.ts";
import type { LiveOutput } from "./live-output.ts";

/** How long output waits for more, and so how far those who watch are behind. */
const interval_ms = 300;
/** After a request that failed. */
const rest_ms = 3000;
/** Characters in one request: every coordinator takes them. */
const requestLimit = 1024 * 1024;
const countLimit = 256;

export interface OutputSenderOptions {
  readonly client: Pick<Client, "sendOutput">;
  readonly link: Pick<Link, "worker">;
  readonly signal: AbortSignal;
}

interface Taken {
  readonly output: LiveOutput;
  readonly entry: OutputRequest["outputs"][number];
}

/** Sends what running attempts print, for those who watch. What cannot be sent is dropped in time: the whole log comes at the end. */
export class OutputSender {
  readonly #attempts = new Map<LiveOutput, AttemptIdentity>();
  #wake: (() => void) | undefined;

  /** The attempt has printed something. */
  note(output: LiveOutput, attempt: AttemptIdentity): void {
    this.#attempts.set(output, attempt);
    this.#wake?.();
  }

  /** It is over. */
  drop(output: LiveOutput): void {
    this.#attempts.delete(output);
  }

  /** Sends until aborted. Never fails for what a coordinator answers; one that is older does not know the route. */
  async run({ client, link, signal }: OutputSenderOptions): Promise<void> {
    while (true) {
      if (this.#attempts.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      await pause(interval_ms, signal);
      const taken = this.#take();
      if (taken.length === 0) continue;
      const outputs = taken.map(({ entry }) => entry);
      try {
        await client.sendOutput(link.worker, { outputs }, { retry: false, signal });
        forget(taken);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ShardwrightError && (error.code === "not-found" || error.code === "method-not-allowed")) return;
        // It would not take them the next time either.
        if (error instanceof ShardwrightError && error.status === 413) forget(taken);
        await pause(rest_ms, signal);
      }
    }
  }

  /** What there is to send; attempts that have nothing more are looked at again when they print. */
  #take(): Taken[] {
    const taken: Taken[] = [];
    let left = requestLimit;
    for (const [output, { run, fence, task, attempt }] of this.#attempts) {
      if (taken.length >= countLimit) break;
      const pending = output.pending();
      if (pending === undefined) {
        this.#attempts.delete(output);
        continue;
      }
      if (pending.text.length > left) continue;
      left -= pending.text.length;
      taken.push({ output, entry: { run, fence, task, attempt, ...pending } });
    }
    return taken;
  }
}

function forget(taken: readonly Taken[]): void {
  for (const { output, entry } of taken) output.sent(entry.from + entry.text.length);
}
