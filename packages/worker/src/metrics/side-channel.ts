import { closeSync, openSync, readSync, rmSync } from "node:fs";
import {
  type CaseResult,
  type Metric,
  joinMetrics,
  metricLineLimit_bytes,
  namesCase,
  namesFile,
  readMetricLine,
} from "@shardwright/core";
import type { MetricLine } from "@shardwright/core";

/** What one attempt may write: more is left out, and that is said. */
const attemptLimit = { lines: 10_000, bytes: 4 * 1024 * 1024 };
/** Broken lines that are named one by one. */
const namedLimit = 5;

/** What an attempt measured that no case of it names, and what was wrong with the rest. */
export interface Measured {
  readonly metrics: readonly Metric[];
  readonly notes: readonly string[];
}

/**
 * The file that tests of one slot append to, a JSON object a line. It is the same for all attempts of the slot, because a warm process keeps
 * its environment; what is new in it is of the attempt that runs.
 */
export class SideChannel {
  readonly path: string;
  #offset = 0;
  /** The beginning of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #waiting: MetricLine[] = [];
  #notes: string[] = [];
  #broken = 0;
  #lines = 0;
  #bytes = 0;
  #isFull = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Begins a new file. To be called while no test runs. */
  reset(): void {
    rmSync(this.path, { force: true });
    [this.#offset, this.#rest, this.#waiting] = [0, Buffer.alloc(0), []];
    this.#forgetCounts();
  }

  /** What was measured by a case that has just ended. */
  forCase(file: string, result: Pick<CaseResult, "path" | "ordinal">): readonly Metric[] {
    this.#read();
    if (this.#waiting.length === 0) return [];
    const own = (line: MetricLine) => line.test !== undefined && this.#isOf(file, line) && namesCase(line.test, result);
    return this.#join(this.#take(own).map(({ metric }) => metric));
  }

  /** All else, at the end of an attempt. What names a case that was told of before, or never, bears its name as a dimension. */
  rest(file: string): Measured {
    this.#read();
    if (this.#rest.length > 0) this.#line(this.#rest.toString("utf8"));
    this.#rest = Buffer.alloc(0);
    const lines = this.#take((line) => this.#isOf(file, line));
    const metrics = this.#join(
      lines.map(({ metric, test }) =>
        test === undefined ? metric : { ...metric, dimensions: { ...metric.dimensions, case: test.slice(0, 128) } },
      ),
    );
    if (this.#broken > namedLimit) this.#notes.push(`${this.#broken - namedLimit} more lines of metrics are broken`);
    const notes = this.#notes;
    this.#forgetCounts();
    return { metrics, notes };
  }

  #isOf(file: string, line: MetricLine): boolean {
    return line.file === undefined || namesFile(line.file, file);
  }

  #take(isWanted: (line: MetricLine) => boolean): MetricLine[] {
    const taken: MetricLine[] = [];
    this.#waiting = this.#waiting.filter((line) => {
      if (!isWanted(line)) return true;
      taken.push(line);
      return false;
    });
    return taken;
  }

  #join(metrics: readonly Metric[]): Metric[] {
    const { metrics: joined, dropped } = joinMetrics(metrics);
    if (dropped > 0) this.#notes.push(`${dropped} metrics were left out: one test may bring ${joined.length}`);
    return joined;
  }

  #forgetCounts(): void {
    [this.#notes, this.#broken, this.#lines, this.#bytes, this.#isFull] = [[], 0, 0, 0, false];
  }

  #read(): void {
    let file: number;
    try {
      file = openSync(this.path, "r");
    } catch {
      return; // Nobody has measured anything.
    }
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (;;) {
        const count = readSync(file, chunk, 0, chunk.length, this.#offset);
        if (count === 0) return;
        this.#offset += count;
        this.#bytes += count;
        if (this.#bytes <= attemptLimit.bytes) this.#push(Buffer.concat([this.#rest, chunk.subarray(0, count)]));
        else this.#overflow();
      }
    } finally {
      closeSync(file);
    }
  }

  #push(bytes: Buffer): void {
    let begin = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, begin)) {
      this.#line(bytes.toString("utf8", begin, end));
      begin = end + 1;
    }
    this.#rest = Buffer.from(bytes.subarray(begin));
    if (this.#rest.length <= metricLineLimit_bytes) return;
    this.#wrong("is too long");
    this.#rest = Buffer.alloc(0);
  }

  #line(text: string): void {
    this.#lines += 1;
    if (text.trim() === "") return;
    if (this.#lines > attemptLimit.lines) return this.#overflow();
    const line = readMetricLine(text);
    if (typeof line === "string") this.#wrong(line);
    else this.#waiting.push(line);
  }

  #wrong(what: string): void {
    this.#broken += 1;
    if (this.#broken <= namedLimit) this.#notes.push(`line ${this.#lines} of the metrics ${what}; it was left out`.slice(0, 900));
  }

  #overflow(): void {
    this.#rest = Buffer.alloc(0);
    if (!this.#isFull)
      this.#notes.push(`more metrics than ${attemptLimit.lines} lines, or ${attemptLimit.bytes} bytes, were left out`);
    this.#isFull = true;
  }
}
