import type { Clock } from "../clock.ts";
import { Bell } from "./bell.ts";

/** One event of a stream, or a comment that only shows that the stream lives. */
export interface ServerSent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
}

/** Where a stream's events come from. */
export interface EventSource {
  /** The events that are there now, oldest first; empty for none yet. */
  next(): readonly ServerSent[] | Promise<readonly ServerSent[]>;
  /** Whether nothing comes any more. */
  readonly isOver: boolean;
  close(): void;
}

/** One that has its events at hand. */
export interface ReadyEventSource extends EventSource {
  next(): readonly ServerSent[];
}

/** How often a silent stream says that it lives: proxies cut connections that are silent for a minute. */
const keepAlive_ms = 15_000;

/**
 * An answer of `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). It draws the next events only when
 * the last ones were taken, so a slow reader costs no memory here.
 * @param open starts the source, which rings when there may be something new; what it throws is thrown here, before any answer
 * @param closing ends the stream when aborted
 */
export function eventStream(open: (ring: () => void) => EventSource, clock: Clock, closing: AbortSignal): Response {
  const bell = new Bell();
  const ring = () => bell.ring();
  const source = open(ring);
  const encoder = new TextEncoder();
  let isGone = false;
  closing.addEventListener("abort", ring);
  const end = () => {
    isGone = true;
    closing.removeEventListener("abort", ring);
    source.close();
    bell.ring();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(format({ comment: "open" })));
      },
      async pull(controller) {
        try {
          for (;;) {
            const events = isGone || closing.aborted ? [] : await source.next();
            if (events.length > 0) return controller.enqueue(encoder.encode(events.map(format).join("")));
            if (isGone) return;
            if (closing.aborted || source.isOver) {
              end();
              return controller.close();
            }
            let isSilent = false;
            const silence = clock.after(keepAlive_ms, () => {
              isSilent = true;
              bell.ring();
            });
            await bell.wait();
            silence.cancel();
            if (isSilent && !isGone) return controller.enqueue(encoder.encode(format({ comment: "still here" })));
          }
        } catch (error) {
          end();
          controller.error(error);
        }
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Some proxies hold answers back until they are whole; this asks nginx not to.
      "x-accel-buffering": "no",
    },
  });
}

function format({ id, event, data, comment }: ServerSent): string {
  const lines: string[] = [];
  if (comment !== undefined) lines.push(`: ${comment}`);
  if (event !== undefined) lines.push(`event: ${event}`);
  if (id !== undefined) lines.push(`id: ${id}`);
  if (data !== undefined) lines.push(...data.split("\n").map((line) => `data: ${line}`));
  return `${lines.join("\n")}\n\n`;
}
