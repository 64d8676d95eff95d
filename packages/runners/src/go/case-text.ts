import { caseTextLimit } from "@shardwright/core";

/** Of a long text, so much is kept from its end: what failed is said last. */
const tailLimit = 16_384;
const headLimit = caseTextLimit - tailLimit;

/** What one test prints: all of it, or its beginning and its end. */
export class CaseText {
  #head = "";
  #tail = "";
  #left = 0;

  add(text: string): void {
    const room = headLimit - this.#head.length;
    if (this.#tail === "" && text.length <= room) {
      this.#head += text;
      return;
    }
    const isFirst = this.#tail === "";
    if (isFirst) this.#head += text.slice(0, room);
    const all = this.#tail + (isFirst ? text.slice(room) : text);
    this.#left += Math.max(0, all.length - tailLimit);
    this.#tail = all.slice(-tailLimit);
  }

  toString(): string {
    return this.#left === 0 ? this.#head + this.#tail : `${this.#head}\n… ${this.#left} more characters …\n${this.#tail}`;
  }
}

interface Entry {
  readonly text: string;
}

/** What a failed test says of why, in a few lines: a panic, the last thing it logged, or the difference of an example. */
export function failureMessage(output: string): string | undefined {
  const panic = panicIn(output);
  if (panic !== undefined) return panic;
  const example = /^got:\n[\s\S]*?\nwant:\n[\s\S]*$/m.exec(output)?.[0];
  if (example !== undefined) return example.trim();
  const last = logEntries(output).at(-1);
  return last === undefined ? undefined : (assertionIn(last.text) ?? last.text);
}

/** The line by which the Go runtime gives up. */
export function panicIn(output: string): string | undefined {
  return /^(?:panic|fatal error): .*$/m.exec(output)?.[0].replace(/ \[recovered(?:, repanicked)?\]$/, "");
}

/** The last thing that was logged: a skipped test says its reason so. */
export function lastLogged(output: string): string | undefined {
  return logEntries(output).at(-1)?.text;
}

/** What was logged with its place, without the place. */
function logEntries(output: string): Entry[] {
  const entries: string[][] = [];
  let isOpen = false;
  for (const line of output.split(/\r?\n/)) {
    const logged = /^ {4,}[^\s:][^:]*\.go:\d+: ?(.*)$/.exec(line)?.[1];
    if (logged !== undefined) entries.push([logged]);
    else if (isOpen && /^ {8}/.test(line)) entries.at(-1)?.push(line.slice(8));
    isOpen = logged !== undefined || (isOpen && /^ {8}/.test(line));
  }
  return entries.map((lines) => ({ text: lines.join("\n").trim() })).filter(({ text }) => text !== "");
}

/** Testify writes a table, with the failure in one of its rows. */
function assertionIn(text: string): string | undefined {
  const row = (name: string) => new RegExp(`^\\t?${name}:[ \\t]*(.*(?:\\n(?!\\t?[A-Z][\\w ]*:\\s).*)*)`, "m").exec(text)?.[1];
  const error = row("Error");
  if (error === undefined || row("Error Trace") === undefined) return undefined;
  const said = row("Messages");
  return [error, ...(said === undefined ? [] : [said])].map((lines) => lines.replace(/^[ \t]+|[ \t]+$/gm, "").trim()).join("\n");
}
