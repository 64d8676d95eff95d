/** What a test binary says with -test.v, taken apart as the go command's own test2json does. */
export type FramingEvent =
  | { readonly type: "run" | "pause" | "cont"; readonly test: string }
  /** A line, or a part of one, that is no frame; `test` is empty for what belongs to none. */
  | { readonly type: "output"; readonly test: string; readonly text: string }
  /** Comes after the output that follows its line. `seconds` as printed, to a hundredth; absent for benchmarks. */
  | { readonly type: "end"; readonly test: string; readonly status: EndStatus; readonly seconds: number | undefined }
  | { readonly type: "attribute"; readonly test: string; readonly name: string; readonly value: string }
  /** The end of all tests: what comes after it is not theirs. */
  | { readonly type: "conclusion"; readonly passed: boolean };
export type EndStatus = "pass" | "fail" | "skip" | "bench";

/** ^V: from Go 1.20 on, each frame begins with it, wherever in a line it stands. */
const mark = 0x16;
const newline = 0x0a;
/** A longer line is no frame. */
const lineLimit_bytes = 64 * 1024;

interface Report {
  readonly test: string;
  readonly status: EndStatus;
  readonly seconds: number | undefined;
}

/** Takes apart one run of a test binary. */
export class Framing {
  readonly #onEvent: (event: FramingEvent) => void;
  #rest: Buffer = Buffer.alloc(0);
  /** In a line that is too long to be a frame. */
  #isWithinLine = false;
  #test = "";
  /** Ends that wait for the output after them, each a level deeper than the one before. */
  #reports: Report[] = [];
  /** Frames were seen to be marked: what is not is output. */
  #needsMark = false;
  readonly #started = new Set<string>();

  constructor(onEvent: (event: FramingEvent) => void) {
    this.#onEvent = onEvent;
  }

  push(chunk: Uint8Array): void {
    let rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    for (let end = lineEnd(rest); end !== -1; end = lineEnd(rest)) {
      this.#take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    if (rest.length > lineLimit_bytes) {
      const end = wholeCharacters(rest);
      this.#output(rest.toString("utf8", 0, end));
      this.#isWithinLine = true;
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }

  end(): void {
    if (this.#rest.length > 0) this.#take(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#flush(0);
  }

  /** A line with its end, or what stands before a mark. */
  #take(bytes: Buffer): void {
    const isMarked = bytes[0] === mark;
    const whole = bytes.toString("utf8", isMarked ? 1 : 0);
    const line = whole.replace(/\r?\n$/, "");
    if (this.#isWithinLine && !isMarked) {
      this.#isWithinLine = bytes.at(-1) !== newline;
      return this.#output(whole);
    }
    this.#isWithinLine = false;
    if (!isMarked && this.#needsMark) return this.#output(whole);
    if (this.#takeFrame(line)) {
      this.#needsMark = isMarked;
      return;
    }
    const inner = isMarked ? undefined : this.#frameWithin(line);
    if (inner !== undefined) {
      this.#output(line.slice(0, inner));
      this.#takeFrame(line.slice(inner));
      return;
    }
    const indent = Math.floor((/^ */.exec(line)?.[0].length ?? 0) / 4);
    const owner = indent > 0 ? this.#reports[indent - 1] : undefined;
    if (owner !== undefined) this.#test = owner.test;
    this.#output(whole);
  }

  #takeFrame(line: string): boolean {
    if (line === "PASS" || line === "FAIL") {
      this.#flush(0);
      this.#onEvent({ type: "conclusion", passed: line === "PASS" });
      return true;
    }
    const update = /^=== (RUN  |PAUSE|CONT |NAME ?|ATTR )(?: (.*))?$/s.exec(line);
    if (update !== null) {
      this.#update((update[1] ?? "").trim(), (update[2] ?? "").trim());
      return true;
    }
    const report = /^((?: {4})*)--- (PASS|FAIL|SKIP|BENCH): (.*)$/s.exec(line);
    if (report === null) return false;
    const [, indent = "", verdict = "", rest = ""] = report;
    const depth = indent.length / 4;
    if (depth > this.#reports.length) return false;
    const [, test = rest, seconds] = /^(.*?) \((\d+(?:\.\d+)?)s\)$/s.exec(rest.trim()) ?? [];
    this.#flush(depth);
    this.#test = test.trim();
    const status = verdict.toLowerCase() as EndStatus;
    this.#reports.push({ test: this.#test, status, seconds: seconds === undefined ? undefined : Number(seconds) });
    return true;
  }

  #update(what: string, text: string): void {
    if (what === "ATTR") {
      const [, test = "", name = "", value = ""] = /^(\S+) (\S+) (.*)$/s.exec(text) ?? [];
      return this.#onEvent({ type: "attribute", test, name, value });
    }
    this.#flush(0);
    this.#test = text;
    // Go 1.19 goes on with no test at all after what belongs to the whole.
    if (what === "NAME" || text === "") return;
    if (what === "RUN") this.#started.add(text);
    const type = what.toLowerCase() as "run" | "pause" | "cont";
    this.#onEvent({ type, test: text });
  }

  /**
   * Before Go 1.20, a test that prints a line without its end hides the frame that follows: where it begins, if the rest of the line is
   * one and is about a test that can be meant.
   */
  #frameWithin(line: string): number | undefined {
    const match = /(?:=== (?:RUN  |PAUSE|CONT ) (\S.*)|--- (?:PASS|FAIL|SKIP): (\S.*) \(\d+\.\d\ds\))$/.exec(line);
    // What a test logs is indented: there, such a line is quoted.
    if (match === null || match.index === 0 || line.startsWith("    ")) return undefined;
    const [, updated, ended] = match;
    if (ended !== undefined) return this.#started.has(ended) ? match.index : undefined;
    const titles = (updated ?? "").split("/");
    // A name may hold slashes of its own: any part of it may be the parent's.
    const isKnown = titles.length === 1 || titles.some((_, index) => this.#started.has(titles.slice(0, index).join("/")));
    return isKnown ? match.index : undefined;
  }

  /** Tells the ends that wait at a depth or deeper, the deepest first. */
  #flush(depth: number): void {
    this.#test = "";
    while (this.#reports.length > depth) {
      const report = this.#reports.pop();
      if (report === undefined) return;
      this.#started.delete(report.test);
      this.#onEvent({ type: "end", ...report });
    }
  }

  #output(text: string): void {
    if (text !== "") this.#onEvent({ type: "output", test: this.#test, text });
  }
}

/** Where the first line ends: after its newline, or before a mark within it. */
function lineEnd(bytes: Buffer): number {
  const end = bytes.indexOf(newline);
  const next = bytes.indexOf(mark, 1);
  if (next !== -1 && (end === -1 || next < end)) return next;
  return end === -1 ? -1 : end + 1;
}

/** The longest part that does not end within a character. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 4; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const width = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return width > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
