import { type OutputEvent, plainText } from "@shardwright/core";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { LiveState } from "../../components/live.tsx";
import { useStream } from "../../data/use-stream.ts";

/** Characters that are kept on the page: the end. */
const shownLimit = 256 * 1024;

interface LiveOutputProps {
  readonly run: string;
  readonly task: number;
  readonly attempt: number;
}

/** What an attempt prints, while it prints it. */
export function LiveOutput({ run, task, attempt }: LiveOutputProps) {
  const [text, setText] = useState("");
  const frame = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const status = useStream({
    path: `runs/${run}/tasks/${task}/output?attempt=${attempt}`,
    onEvents(events) {
      const more = (events as readonly OutputEvent[]).flatMap((event) =>
        event.type === "output"
          ? [`${event.left_out === undefined ? "" : `\n… ${event.left_out} characters\n`}${event.text}`]
          : [],
      );
      setText((last) => (last + more.join("")).slice(-shownLimit));
    },
    isLast: (event) => (event as OutputEvent).type === "end",
  });
  useLayoutEffect(() => {
    if (isAtEnd.current) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [text]);
  return (
    <>
      <LiveState status={status} />
      <pre
        ref={frame}
        class="log log-window"
        tabIndex={0}
        role="group"
        aria-label="What it prints"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          (isAtEnd.current = scrollTop + clientHeight > scrollHeight - 20)
        }
      >
        {text === "" ? "It has printed nothing yet." : plainText(text)}
      </pre>
    </>
  );
}
