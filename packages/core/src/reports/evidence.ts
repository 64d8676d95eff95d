import { plainText } from "../model/plain-text.ts";
import { parseFrame } from "../resilience/stack-frames.ts";

/**
 * What a line of a failure's evidence is. `minus` and `plus` are a plain diff; `expected` and `received` the same under a heading
 * that says which is which.
 */
type EvidenceKind = "text" | "error" | "minus" | "plus" | "expected" | "received" | "frame" | "foreign" | "source" | "fault";

export interface EvidenceLine {
  readonly kind: EvidenceKind;
  readonly text: string;
}

/** Message and details as one text, what both say once. */
export function evidenceText(message: string, details: string): string {
  const plain = plainText(details);
  const said = plainText(message).trim();
  if (plain.trim() === "") return said;
  const opening = said.split("\n", 1)[0] ?? "";
  return opening === "" || plain.includes(opening) ? plain : `${said}\n\n${plain}`;
}

/** Tells apart the lines of a message, a diff, a code excerpt and a stack trace. */
export function evidenceLines(text: string): EvidenceLine[] {
  const lines = text.replace(/\s+$/, "").split("\n");
  const labelled = lines.some((line) => /^\s*- Expected\b/.test(line)) && lines.some((line) => /^\s*\+ Received\b/.test(line));
  const diff = lines.some((line) => minus.test(line)) && lines.some((line) => plus.test(line));
  // Where no line names an error, the first one has to do.
  const first = lines.some((line) => named.test(line)) ? -1 : lines.findIndex((line) => line.trim() !== "");
  return lines.map((line, index) => ({ kind: kindOf(line, { labelled, diff, opening: index === first }), text: line }));
}

const named = /^E\s|^\s*(?:\w+\.)*\w*(?:Error|Exception|Failure)\b/;
const minus = /^(?:E\s+)?\s{0,4}-(?:\s|$)/;
const plus = /^(?:E\s+)?\s{0,4}\+(?:\s|$)/;

function kindOf(line: string, context: { labelled: boolean; diff: boolean; opening: boolean }): EvidenceKind {
  const frame = parseFrame(line);
  if (frame !== undefined) return frame.own ? "frame" : "foreign";
  if (context.diff && minus.test(line)) return context.labelled ? "expected" : "minus";
  if (context.diff && plus.test(line)) return context.labelled ? "received" : "plus";
  if (/^\s*(?:\d+\s*)?\|?\s*\^+\s*$/.test(line) || /^>\s/.test(line)) return "fault";
  if (/^\s*\d*\s*\| /.test(line) || /^\s*\d+\|$/.test(line)) return "source";
  return named.test(line) || context.opening ? "error" : "text";
}
