import { formatBytes, plainText } from "@shardwright/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { Loading } from "../../components/empty.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { request } from "../../data/api.ts";
import { useAction } from "../../data/use-action.ts";
import { base } from "../../router/location.ts";

/** What is shown of a log at first, its end; and what each wish for more adds before it. */
const first_bytes = 64 * 1024;
const more_bytes = 256 * 1024;
/** What is shown at once at most: more of the beginning takes from the end. */
const window_bytes = 1024 * 1024;

interface Shown {
  /** The part of the log that is shown. */
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** A log's end, and more of it on demand: a log of many megabytes is never fetched as a whole. */
export function StoredLog({
  log,
  name,
}: {
  readonly log: { readonly sha256: string; readonly bytes: number };
  readonly name: string;
}) {
  const [shown, setShown] = useState<Shown>();
  const frame = useRef<HTMLPreElement>(null);
  const fetching = useAction(async (from: number, to: number) => {
    const got = await fetchPart(log.sha256, from, to);
    setShown((last) => joined(last, { from, to, bytes: got }));
  });
  useEffect(() => void fetching.run(Math.max(0, log.bytes - first_bytes), log.bytes), []);
  const isFirst = useRef(true);
  useEffect(() => {
    if (shown === undefined || !isFirst.current) return;
    isFirst.current = false;
    frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [shown]);
  if (log.bytes === 0) return <p class="help">It printed nothing.</p>;
  return (
    <>
      <div class="log-head">
        <span class="help">
          {shown === undefined ? formatBytes(log.bytes) : `${formatBytes(shown.to - shown.from)} of ${formatBytes(log.bytes)}`}
          {shown !== undefined && shown.to < log.bytes && `, up to ${formatBytes(log.bytes - shown.to)} before the end`}
        </span>
        {shown !== undefined && shown.from > 0 && (
          <button
            type="button"
            disabled={fetching.isRunning}
            onClick={() => void fetching.run(Math.max(0, shown.from - more_bytes), shown.from)}
          >
            Show what is before
          </button>
        )}
        {shown !== undefined && shown.to < log.bytes && (
          <button
            type="button"
            disabled={fetching.isRunning}
            onClick={() => void fetching.run(shown.to, Math.min(log.bytes, shown.to + more_bytes))}
          >
            Show what is after
          </button>
        )}
        <a href={`${base}api/v1/blobs/${log.sha256}`} download={name.replaceAll(/[^\w.-]+/g, "_")}>
          Download
        </a>
      </div>
      {fetching.error !== undefined && <Trouble error={fetching.error} />}
      {shown === undefined ? (
        fetching.error === undefined && <Loading what="the log" />
      ) : (
        <pre ref={frame} class="log log-window" tabIndex={0} role="group" aria-label="Log">
          {plainText(new TextDecoder().decode(shown.bytes))}
        </pre>
      )}
    </>
  );
}

async function fetchPart(sha256: string, from: number, to: number): Promise<Uint8Array> {
  const response = await request("GET", `blobs/${sha256}`, undefined, { headers: { range: `bytes=${from}-${to - 1}` } });
  return new Uint8Array(await response.arrayBuffer());
}

/** Puts a part before or after what is shown; what is then too much goes at the other end. */
function joined(last: Shown | undefined, part: Shown): Shown {
  if (last === undefined) return part;
  const isBefore = part.to === last.from;
  if (!isBefore && part.from !== last.to) return part;
  const [left, right] = isBefore ? [part, last] : [last, part];
  const bytes = new Uint8Array(left.bytes.length + right.bytes.length);
  bytes.set(left.bytes);
  bytes.set(right.bytes, left.bytes.length);
  if (bytes.length <= window_bytes) return { from: left.from, to: right.to, bytes };
  return isBefore
    ? { from: left.from, to: left.from + window_bytes, bytes: bytes.slice(0, window_bytes) }
    : { from: right.to - window_bytes, to: right.to, bytes: bytes.slice(-window_bytes) };
}
