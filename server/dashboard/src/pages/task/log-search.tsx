import { type LogLines, formatCount, plainText } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Trouble } from "../../components/trouble.tsx";
import { get, withQuery } from "../../data/api.ts";
import { useAction } from "../../data/use-action.ts";

interface LogSearchProps {
  readonly sha256: string;
  /** Shows the line that begins at this byte. */
  readonly onLine: (at: number) => void;
}

type Line = LogLines["lines"][number];

interface Found {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly next: number | undefined;
}

const perPage = 50;

/** Finds lines in a log by what stands in them, and goes to one by its number. The coordinator looks: the page never has the log. */
export function LogSearch({ sha256, onLine }: LogSearchProps) {
  const [text, setText] = useState("");
  const [number, setNumber] = useState("");
  const [found, setFound] = useState<Found>();
  const [isMissing, setMissing] = useState(false);
  const ask = (query: Record<string, string | number>) => get<LogLines>(withQuery(`blobs/${sha256}/lines`, query));
  const search = useAction(async (more: Found | undefined) => {
    const wanted = more?.text ?? text;
    const { lines, next } = await ask({ text: wanted, line: more?.next ?? 1, limit: perPage });
    setFound({ text: wanted, lines: [...(more?.lines ?? []), ...lines].slice(-4 * perPage), next });
  });
  const go = useAction(async () => {
    const [line] = (await ask({ line: number, limit: 1 })).lines;
    setMissing(line === undefined);
    if (line !== undefined) onLine(line.at);
  });
  const error = search.error ?? go.error;
  return (
    <>
      <div class="log-head">
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            if (text !== "") void search.run(undefined);
          }}
        >
          <label>
            Find in the log{" "}
            <input type="search" value={text} maxLength={256} onInput={({ currentTarget }) => setText(currentTarget.value)} />
          </label>{" "}
          <button type="submit" disabled={search.isRunning || text === ""}>
            Find
          </button>
        </form>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (/^[1-9]\d{0,8}$/.test(number)) void go.run();
          }}
        >
          <label>
            Line{" "}
            <input
              class="line-number"
              inputMode="numeric"
              pattern="[1-9][0-9]{0,8}"
              title="A number from 1"
              value={number}
              onInput={({ currentTarget }) => setNumber(currentTarget.value)}
            />
          </label>{" "}
          <button type="submit" disabled={go.isRunning || number === ""}>
            Go
          </button>
        </form>
        {isMissing && <span role="status">The log has no such line.</span>}
      </div>
      {error !== undefined && <Trouble error={error} />}
      {found !== undefined && <Lines found={found} onLine={onLine} onMore={() => void search.run(found)} />}
    </>
  );
}

interface LinesProps {
  readonly found: Found;
  readonly onLine: (at: number) => void;
  readonly onMore: () => void;
}

function Lines({ found: { text, lines, next }, onLine, onMore }: LinesProps) {
  if (lines.length === 0)
    return (
      <p class="help" role="status">
        No line has “{text}” in it, letter by letter.
      </p>
    );
  return (
    <div class="log-lines" role="group" aria-label="Lines that were found" tabIndex={0}>
      <ol>
        {lines.map(({ line, at, text: shown }) => (
          <li key={line}>
            <button type="button" onClick={() => onLine(at)}>
              Line {formatCount(line)}
            </button>{" "}
            <code>{plainText(shown)}</code>
          </li>
        ))}
      </ol>
      {next !== undefined && (
        <button type="button" onClick={onMore}>
          Look further
        </button>
      )}
    </div>
  );
}
