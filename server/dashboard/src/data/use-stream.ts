import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, request } from "./api.ts";
import { onSignedIn } from "./session.ts";
import { readEvents } from "./event-stream.ts";
import { asApiError, waitAfter } from "./use-get.ts";

/** How a stream stands: `live`; `waiting` to be connected again; `paused` while nobody looks; `over` when nothing comes any more. */
type StreamState = "connecting" | "live" | "waiting" | "paused" | "over";

export interface StreamOptions {
  /** Below `/api/v1/`; undefined for no stream. A change begins anew. */
  readonly path: string | undefined;
  /** Where to begin: what comes after this id. */
  readonly after?: string | undefined;
  /** The events that came together, oldest first. */
  readonly onEvents: (events: readonly unknown[]) => void;
  /** Whether an event is the stream's last. */
  readonly isLast?: (event: unknown) => boolean;
}

export interface StreamStatus {
  readonly state: StreamState;
  readonly error: ApiError | undefined;
}

/** How long a page may be hidden before its stream is let go: who only looks at another tab for a moment comes back to a live one. */
const hiddenFor_ms = 10_000;
/** How long events are gathered, so that a burst is one change of the page. */
const gather_ms = 100;
/** A stream that was silent for so long is dead: the coordinator says every 15 s that it is there. */
const silence_ms = 45_000;
/** A stream that stood for so long was a good one, and had nothing to tell: what cuts it does not keep the page waiting any longer each time. */
const steady_ms = 500;

/**
 * The page's one stream of events. It goes on after the last event that was seen, whatever ended it: a coordinator that went, a proxy that
 * cut it, a tab that nobody looked at.
 */
export function useStream({ path, after, onEvents, isLast }: StreamOptions): StreamStatus {
  const [status, setStatus] = useState<StreamStatus>({ state: "connecting", error: undefined });
  const [turn, setTurn] = useState(0);
  const refused = useRef(false);
  refused.current = status.error?.status === 401;
  useEffect(() => onSignedIn(() => refused.current && setTurn((last) => last + 1)), []);
  const latest = useRef({ onEvents, isLast });
  latest.current = { onEvents, isLast };
  useEffect(() => {
    if (path === undefined) return;
    const follower = new Follower(path, after, {
      onEvents: (events) => latest.current.onEvents(events),
      isLast: (event) => latest.current.isLast?.(event) === true,
      onStatus: (state, error) => setStatus({ state, error }),
    });
    return () => follower.close();
  }, [path, after, turn]);
  return status;
}

interface Listener {
  onEvents(events: readonly unknown[]): void;
  isLast(event: unknown): boolean;
  onStatus(state: StreamState, error?: ApiError): void;
}

/** Keeps one stream open, as long as somebody looks. */
class Follower {
  readonly #path: string;
  readonly #listener: Listener;
  readonly #closed = new AbortController();
  #last: string | undefined;
  #connection: AbortController | undefined;
  #failures = 0;
  #isOver = false;
  #gathered: unknown[] = [];
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(path: string, after: string | undefined, listener: Listener) {
    this.#path = path;
    this.#last = after;
    this.#listener = listener;
    const { signal } = this.#closed;
    document.addEventListener("visibilitychange", () => this.#looked(), { signal });
    addEventListener("online", () => this.#again(), { signal });
    if (document.hidden) listener.onStatus("paused");
    else this.#connect();
  }

  close(): void {
    this.#closed.abort();
    this.#connection?.abort();
    for (const timer of [this.#flushing, this.#waiting, this.#hiding]) clearTimeout(timer);
  }

  #looked(): void {
    clearTimeout(this.#hiding);
    if (this.#isOver) return;
    if (!document.hidden) return this.#again();
    this.#hiding = setTimeout(() => {
      clearTimeout(this.#waiting);
      this.#connection?.abort();
      this.#connection = undefined;
      this.#listener.onStatus("paused");
    }, hiddenFor_ms);
  }

  #again(): void {
    if (this.#connection === undefined && !this.#isOver) this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#waiting);
    const connection = new AbortController();
    this.#connection = connection;
    void this.#read(connection).then((error) => {
      if (this.#connection !== connection || this.#closed.signal.aborted) return;
      this.#connection = undefined;
      if (this.#isOver) return this.#listener.onStatus("over");
      if (error !== undefined && !error.isPassing && error.status > 0) return this.#listener.onStatus("over", error);
      this.#failures += 1;
      this.#listener.onStatus("waiting", error);
      this.#waiting = setTimeout(() => this.#again(), waitAfter(this.#failures));
    });
  }

  /** Reads until the stream ends. @returns why it could not be had, or broke */
  async #read(connection: AbortController): Promise<ApiError | undefined> {
    let silence: ReturnType<typeof setTimeout> | undefined;
    let live_ms = Infinity;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), silence_ms);
    };
    try {
      heard();
      const { body } = await request("GET", this.#path, undefined, {
        signal: connection.signal,
        ...(this.#last !== undefined && { headers: { "last-event-id": this.#last } }),
      });
      this.#listener.onStatus("live");
      live_ms = performance.now();
      if (body === null) return undefined;
      const watched = body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            heard();
            controller.enqueue(chunk);
          },
        }),
      );
      for await (const { id, data } of readEvents(watched)) {
        this.#failures = 0;
        this.#last = id ?? this.#last;
        this.#take(JSON.parse(data));
      }
      return undefined;
    } catch (error) {
      return connection.signal.aborted ? undefined : asApiError(error);
    } finally {
      clearTimeout(silence);
      if (performance.now() - live_ms >= steady_ms) this.#failures = 0;
    }
  }

  #take(event: unknown): void {
    this.#gathered.push(event);
    if (this.#listener.isLast(event)) {
      this.#isOver = true;
      this.#flush();
      this.#connection?.abort();
      this.#connection = undefined;
      this.#listener.onStatus("over");
      return;
    }
    this.#flushing ??= setTimeout(() => this.#flush(), gather_ms);
  }

  #flush(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const events = this.#gathered;
    this.#gathered = [];
    if (events.length > 0) this.#listener.onEvents(events);
  }
}
