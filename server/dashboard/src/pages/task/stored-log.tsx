import { formatBytes, plainText } from "@shardwright/core";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Loading } from "../../components/empty.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { request } from "../../data/api.ts";
import { useAction } from "../../data/use-action.ts";
import { base } from "../../router/location.ts";
import { LogSearch } from "./log-search.tsx";
import { type LogWindow, around, joined } from "./log-window.ts";

/** What is shown of a log at first, its end; and what each wish for more adds before it. */
const first_bytes = 64 * 1024;
const more_bytes = 256 * 1024;
/** What is shown before a line that was gone to. */
const before_bytes = 16 * 1024;

interface StoredLogProps {
  readonly log: { readonly sha256: string; readonly bytes: number };
  readonly name: string;
}

/** What is seen, and where the reader wanted to go in it: to the end, or to the line that begins at a byte. */
interface Shown {
  readonly part: LogWindow;
  readonly goal: "end" | number | undefined;
}

/** A log's end, and more of it on demand: a log of many megabytes is never fetched as a whole. */
export function StoredLog({ log, name }: StoredLogProps) {
  const [shown, setShown] = useState<Shown>();
  const frame = useRef<HTMLPreElement>(null);
  const mark = useRef<HTMLElement>(null);
  const fetching = useAction(async (from: number, to: number, goal?: Shown["goal"]) => {
    const part = { from, to, bytes: await fetchPart(log.sha256, from, to) };
    setShown((last) => ({ part: goal === undefined ? joined(last?.part, part) : part, goal }));
  });
  const toEnd = (): void => void fetching.run(Math.max(0, log.bytes - first_bytes), log.bytes, "end");
  const toLine = (at: number): void =>
    void fetching.run(Math.max(0, at - before_bytes), Math.min(log.bytes, at + first_bytes), at);
  useEffect(() => {
    if (log.bytes > 0) toEnd();
  }, []);
  useLayoutEffect(() => {
    const { current } = frame;
    if (shown?.goal === "end") current?.scrollTo({ top: current.scrollHeight });
    else if (shown?.goal !== undefined && current !== null && mark.current !== null) {
      current.scrollTo({ top: mark.current.offsetTop - current.offsetTop - current.clientHeight / 3 });
      current.focus();
    }
  }, [shown]);
  if (log.bytes === 0) return <p class="help">It printed nothing.</p>;
  const { from, to } = shown?.part ?? { from: 0, to: 0 };
  const more = (words: string, begin: number, end: number) => (
    <button type="button" disabled={fetching.isRunning} onClick={() => void fetching.run(begin, end)}>
      {words}
    </button>
  );
  return (
    <>
      <div class="log-head">
        <span class="help">
          {shown === undefined ? formatBytes(log.bytes) : `${formatBytes(to - from)} of ${formatBytes(log.bytes)}`}
          {shown !== undefined && to < log.bytes && `, up to ${formatBytes(log.bytes - to)} before the end`}
        </span>
        {from > 0 && more("Show what is before", Math.max(0, from - more_bytes), from)}
        {shown !== undefined && to < log.bytes && more("Show what is after", to, Math.min(log.bytes, to + more_bytes))}
        {shown !== undefined && to < log.bytes && (
          <button type="button" disabled={fetching.isRunning} onClick={toEnd}>
            To the end
          </button>
        )}
        <a href={`${base}api/v1/blobs/${log.sha256}`} download={name.replaceAll(/[^\w.-]+/g, "_")}>
          Download
        </a>
      </div>
      <LogSearch sha256={log.sha256} onLine={toLine} />
      {fetching.error !== undefined && <Trouble error={fetching.error} />}
      {shown === undefined ? (
        fetching.error === undefined && <Loading what="the log" />
      ) : (
        <Text shown={shown} frame={frame} mark={mark} />
      )}
    </>
  );
}

interface TextProps {
  readonly shown: Shown;
  readonly frame: { current: HTMLPreElement | null };
  readonly mark: { current: HTMLElement | null };
}

function Text({ shown: { part, goal }, frame, mark }: TextProps) {
  const [before, line, after] = around(part, typeof goal === "number" ? goal : undefined);
  return (
    <pre ref={frame} class="log log-window" tabIndex={0} role="group" aria-label="Log">
      {plainText(before)}
      {line !== "" && <mark ref={mark}>{plainText(line)}</mark>}
      {plainText(after)}
    </pre>
  );
}

async function fetchPart(sha256: string, from: number, to: number): Promise<Uint8Array> {
  const response = await request("GET", `blobs/${sha256}`, undefined, { headers: { range: `bytes=${from}-${to - 1}` } });
  return new Uint8Array(await response.arrayBuffer());
}
