import type { StreamStatus } from "../data/use-stream.ts";

const words: Readonly<Record<StreamStatus["state"], string | undefined>> = {
  connecting: "connecting …",
  live: "live",
  waiting: "the connection broke; connecting again …",
  paused: "paused while nobody looks",
  over: undefined,
};

/** Whether what the page shows is up to date. */
export function LiveState({ status }: { readonly status: StreamStatus }) {
  const text = words[status.state];
  if (text === undefined) return null;
  return (
    <span class={`live live-${status.state}`} title={status.error?.message}>
      {text}
    </span>
  );
}
