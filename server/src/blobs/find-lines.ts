import { type LogLines, type LogLinesQuery, lineShownLimit } from "@shardwright/core";

const newline = 0x0a;
/** The longest line that is looked at as a whole: of one that is longer, the parts are looked through one by one. */
const lineLimit_bytes = 64 * 1024;

/**
 * Looks through a log as it is read, a part at a time: neither the log nor a line of it is ever held as a whole.
 * @param text of which no answer has more than it asks for
 */
export async function findLines(
  stream: AsyncIterable<Uint8Array>,
  { text, line: first, limit }: LogLinesQuery,
): Promise<LogLines> {
  const wanted = text === undefined ? undefined : Buffer.from(text);
  const lines: LogLines["lines"] = [];
  /** The line that is being read: its number, where it and what is held of it begin, and whether it is among the lines already. */
  let line = 1;
  let at = 0;
  let isTaken = false;
  let rest: Buffer = Buffer.alloc(0);
  const look = (part: Buffer): boolean => {
    const found = line < first || isTaken ? -1 : wanted === undefined ? 0 : part.indexOf(wanted);
    if (found < 0) return false;
    if (lines.length === limit) return true;
    isTaken = true;
    lines.push({ line, at, text: around(part, found, wanted?.length ?? 0) });
    return false;
  };
  for await (const chunk of stream) {
    const bytes =
      rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      if (look(bytes.subarray(from, end))) return { lines, next: line };
      at += end + 1 - from;
      from = end + 1;
      line += 1;
      isTaken = false;
    }
    rest = bytes.subarray(from);
    if (rest.length <= lineLimit_bytes) continue;
    if (look(rest)) return { lines, next: line };
    // What is looked for may lie across the cut.
    const kept = Math.min(rest.length, Math.max(0, (wanted?.length ?? 1) - 1));
    at += rest.length - kept;
    rest = rest.subarray(rest.length - kept);
  }
  if (rest.length > 0 && look(rest)) return { lines, next: line };
  return { lines };
}

/** The part of a line that is shown: with what was found in it. */
function around(line: Buffer, found: number, length: number): string {
  const before = Math.max(0, Math.min(found, line.length - lineShownLimit, found + length - Math.floor(lineShownLimit / 2)));
  return line
    .subarray(before, before + lineShownLimit)
    .toString("utf8")
    .replace(/\r$/, "");
}
