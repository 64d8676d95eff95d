/** The part of a log that is shown. */
export interface LogWindow {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** What is shown at once at most: more of one end takes from the other. */
const window_bytes = 1024 * 1024;

/** Puts a part before or after what is shown; what is then too much goes at the other end. A part that does not touch it stands alone. */
export function joined(last: LogWindow | undefined, part: LogWindow): LogWindow {
  const isBefore = part.to === last?.from;
  if (last === undefined || (!isBefore && part.from !== last.to)) return part;
  const [left, right] = isBefore ? [part, last] : [last, part];
  const bytes = new Uint8Array(left.bytes.length + right.bytes.length);
  bytes.set(left.bytes);
  bytes.set(right.bytes, left.bytes.length);
  if (bytes.length <= window_bytes) return { from: left.from, to: right.to, bytes };
  return isBefore
    ? { from: left.from, to: left.from + window_bytes, bytes: bytes.slice(0, window_bytes) }
    : { from: right.to - window_bytes, to: right.to, bytes: bytes.slice(-window_bytes) };
}

/** The shown part in three: what is before a line, the line, and what is after it. Without the line all is after it. */
export function around({ from, bytes }: LogWindow, at: number | undefined): readonly [string, string, string] {
  const text = (part: Uint8Array): string => new TextDecoder().decode(part);
  if (at === undefined || at < from || at >= from + bytes.length) return ["", "", text(bytes)];
  const begin = at - from;
  const end = bytes.indexOf(0x0a, begin);
  const until = end < 0 ? bytes.length : end;
  return [text(bytes.subarray(0, begin)), text(bytes.subarray(begin, until)), text(bytes.subarray(until))];
}
