import type { ServerResponse } from "node:http";

/** What Node's HTTP server gives to the application beside the request; absent where it is called without a server. */
export interface ServerBindings {
  readonly outgoing?: ServerResponse;
}

/**
 * An answer whose stream breaks ends its connection, so that nobody takes the part of it for the whole, and is told here. The HTTP adapter
 * would write the bare error to standard error, whose lines are the log's.
 */
export function guardStream(response: Response, { outgoing }: ServerBindings, broke: (error: unknown) => void): Response {
  if (response.body === null || outgoing === undefined) return response;
  const reader = response.body.getReader();
  const guarded = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          // One who has gone away breaks it as well.
          if (!outgoing.destroyed) broke(error);
          outgoing.destroy();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(guarded, response);
}
