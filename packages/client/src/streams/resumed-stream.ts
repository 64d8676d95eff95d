import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { requireMedia } from "../transport/answers.ts";
import type { Answer } from "../transport/pools.ts";
import { backoff_ms, pause } from "../transport/retry.ts";
import { readEventStream, type StreamMessage } from "./event-stream.ts";

export interface StreamOptions extends CallOptions {
  /** Called each time the stream stands, the first and after each break. */
  readonly onOpen?: (() => void) | undefined;
}

export interface StreamRequest<T> {
  /** Asked for each time the stream is opened: what came may have settled what it goes on with. */
  readonly path: () => string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The id after which the stream begins; empty for its beginning. */
  readonly lastId: string;
  /** Messages of other names are passed over; none are when absent. */
  readonly event?: string;
  /** @throws ShardwrightError `bad-response` */
  readonly read: (message: StreamMessage) => T;
  /**
   * Whether a message came before, by its id and the last one before it: a coordinator that lags behind the one that was listened to may
   * tell again what is long known. None did when absent.
   */
  readonly isKnown?: (id: string, lastId: string) => boolean;
  /** Whether a stream that ends after this has said all it had to. */
  readonly isLast: (value: T) => boolean;
}

/** A coordinator with nothing to say sends a comment as often. */
const keepAlive_ms = 15_000;

/**
 * The messages of an event stream. When it breaks off, or is silent for too long, it is taken up after the last id, at whichever address
 * answers, as often as it takes while each time something comes; without that, within the retry policy of the call.
 * @throws ShardwrightError the coordinator's own; `coordinator-unreachable` when the stream cannot be taken up again.
 */
export async function* resumedStream<T>(caller: Caller, request: StreamRequest<T>, options: StreamOptions): AsyncGenerator<T> {
  const policy = caller.policyOf(options);
  let lastId = request.lastId;
  let fruitless = 0;
  let fruitful_ms = performance.now();
  let hasBegun = false;
  while (true) {
    const answer = await open(caller, request, lastId, options);
    options.onOpen?.();
    const opened_ms = performance.now();
    let finished = false;
    let reason = "the stream ended";
    try {
      for await (const message of readEventStream(answer.body as AsyncIterable<Uint8Array>)) {
        if (hasBegun && message.id !== "" && request.isKnown?.(message.id, lastId) === true) continue;
        hasBegun = true;
        fruitless = 0;
        if (message.id !== "") lastId = message.id;
        if (request.event !== undefined && message.event !== request.event) continue;
        const value = request.read(message);
        finished = request.isLast(value);
        yield value;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof ShardwrightError) throw error;
      reason = reasonOf(error);
    } finally {
      answer.body.destroy();
    }
    if (finished) return;
    // By then it had said at least that it lives.
    if (performance.now() - opened_ms > keepAlive_ms) fruitless = 0;
    if (fruitless === 0) fruitful_ms = performance.now();
    fruitless += 1;
    if (fruitless >= policy.attempts || performance.now() - fruitful_ms > policy.total_ms)
      throw new ShardwrightError("coordinator-unreachable", { addresses: request.path(), reason });
    await pause(backoff_ms(fruitless, policy), options.signal);
  }
}

async function open<T>(caller: Caller, stream: StreamRequest<T>, lastId: string, options: StreamOptions): Promise<Answer> {
  const headers = { ...stream.headers, accept: "text/event-stream", ...(lastId === "" ? {} : { "last-event-id": lastId }) };
  const timeout_ms = options.timeout_ms ?? caller.timeout_ms;
  const request = { method: "GET", path: stream.path(), headers, silence_ms: keepAlive_ms + timeout_ms } as const;
  return caller.call(request, { ...options, timeout_ms }, (answer, address) => {
    // Breaks of the body are thrown where it is read; destroying it must not raise them a second time.
    answer.body.on("error", () => {});
    requireMedia(answer, ["text/event-stream"], address);
    return answer;
  });
}
