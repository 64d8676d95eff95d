import { evidenceLines } from "@shardwright/core";

const linesShown = 60;

/** A failure's message, diff and stack, in which what differs and whose code it is can be told apart. */
export function Evidence({ text }: { readonly text: string }) {
  const lines = evidenceLines(text);
  const hidden = lines.length - linesShown;
  return (
    <pre class="evidence" tabIndex={0} role="group" aria-label="Message and stack">
      {lines.slice(0, linesShown).map(({ kind, text: line }, index) => (
        <span key={index} class={`ev ev-${kind}`}>
          {line}
          {"\n"}
        </span>
      ))}
      {hidden > 0 && <span class="ev ev-foreign">… {hidden} more lines</span>}
    </pre>
  );
}
