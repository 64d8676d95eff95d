import { posix } from "node:path";
import { cutText, type CaseResult } from "@shardwright/core";
import { CaseText, failureMessage, lastLogged, panicIn } from "./case-text.ts";
import { type EndStatus, Framing, type FramingEvent } from "./framing.ts";
import type { TestPlace } from "./test-places.ts";

const depthLimit = 64;
const nameLimit = 4000;
const propertyLimit = 100;
const statuses = { pass: "passed", bench: "passed", fail: "failed", skip: "skipped" } as const satisfies Record<
  EndStatus,
  CaseResult["status"]
>;
/** Frames give durations in hundredths of a second. */
const half_ms = 5;

interface Test {
  readonly text: CaseText;
  readonly properties: Record<string, string>;
  isPaused: boolean;
  /** When it began, or last went on. */
  since_ms: number;
  ran_ms: number;
  failedChildren: number;
  /** Subtests that failed and gave no reason: it may be found in what their parent leaves behind, a panic. */
  readonly unexplained: ((panic: string | undefined, output: string) => void)[];
}

export interface CollectorOptions {
  /** The package's folder, relative to the workspace. */
  readonly folder: string;
  readonly places: ReadonlyMap<string, TestPlace>;
  /** Numbers of processors that benchmarks may carry in their names. */
  readonly processors: readonly number[];
  readonly onCase: (result: CaseResult) => void;
}

/** Makes cases of what the test binaries of one package print. */
export class CaseCollector {
  readonly #options: CollectorOptions;
  #framing: Framing;
  readonly #tests = new Map<string, Test>();
  readonly #seen = new Map<string, number>();
  /** Tests that a test runs by means of its own, with the test they belong to: open ones, the latest last. */
  readonly #nested: { readonly name: string; readonly owner: string }[] = [];
  readonly #begun = new Set<string>();
  /** What no test printed since the last frame. */
  #outside = new CaseText();
  /** The benchmark that runs. */
  #benchmark: string | undefined;
  #conclusion: boolean | undefined;
  #panic: string | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#framing = this.#begin();
  }

  /** The output of the binary, in order. */
  push(chunk: Uint8Array): void {
    this.#framing.push(chunk);
  }

  /** Whether all tests were run to their end and passed, by the word of the binary; undefined when it did not say. */
  get conclusion(): boolean | undefined {
    return this.#conclusion;
  }

  /** The last line by which the Go runtime gave up, if there was one. */
  get panic(): string | undefined {
    return this.#panic;
  }

  /** The end of what was printed when no test ran. */
  get outside(): string {
    return this.#outside.toString().trim();
  }

  /** The binary has ended: what it has not said by now, it never will. */
  end(): void {
    this.#framing.end();
  }

  /**
   * Reports the tests that began and did not end: those without subtests that are still open, and not those that waited for others.
   * @param status what became of them
   */
  settle(status: "passed" | "failed" | "errored", message: string): number {
    const open = [...this.#tests].filter(([name, { isPaused }]) => !isPaused && !this.#hasOpenSubtests(name));
    for (const { unexplained } of this.#tests.values()) for (const explain of unexplained) explain(undefined, "");
    for (const [name, test] of open) {
      const output = test.text.toString();
      this.#report(name, test, status, undefined, {
        ...(status === "passed" ? {} : { message }),
        ...(output === "" ? {} : { output }),
      });
    }
    this.#tests.clear();
    return open.length;
  }

  /** Gets ready for another run of the binary. */
  restart(): void {
    this.#tests.clear();
    this.#nested.length = 0;
    this.#begun.clear();
    this.#outside = new CaseText();
    this.#conclusion = undefined;
    this.#panic = undefined;
    this.#framing = this.#begin();
  }

  #begin(): Framing {
    return new Framing((event) => this.#take(event));
  }

  #take(event: FramingEvent): void {
    switch (event.type) {
      case "run":
        return this.#run(event.test);
      case "pause":
        return this.#ownerOf(event.test) === undefined ? this.#pause(event.test) : undefined;
      case "cont":
        return this.#ownerOf(event.test) === undefined ? this.#continue(event.test) : undefined;
      case "attribute":
        return this.#setProperty(this.#test(event.test), event.name, event.value);
      case "output":
        return this.#takeOutput(event.test, event.text);
      case "end":
        return this.#end(event);
      case "conclusion":
        this.#conclusion = event.passed;
        return;
    }
  }

  /**
   * Tests of a package run one after the other, or wait for each other's turn: what begins while another one runs is run by it, as tests
   * of test frameworks do, and is none of the package's.
   */
  #run(name: string): void {
    this.#conclusion = undefined;
    const above = this.#nested.find((nested) => name.startsWith(`${nested.name}/`));
    const owner = above?.owner ?? (name.includes("/") ? undefined : this.#runningTopLevel(name));
    if (owner === undefined) {
      this.#begun.add(name);
      this.#test(name);
    } else this.#nested.push({ name, owner });
  }

  #runningTopLevel(name: string): string | undefined {
    const running = [...this.#tests].find(([other, { isPaused }]) => !isPaused && !other.includes("/"))?.[0];
    // A test of the package's own that begins for the first time shows that the end of the one before was lost in its output.
    const isLost = running !== name && this.#options.places.has(name) && !this.#begun.has(name);
    return isLost ? undefined : running;
  }

  #ownerOf(name: string): string | undefined {
    return this.#nested.findLast((nested) => nested.name === name)?.owner;
  }

  #takeOutput(test: string, text: string): void {
    const benchmark = /^(Benchmark\S*)\s+(\d+)\s+(\S+ ns\/op.*?)\s*$/s.exec(text);
    if (benchmark !== null) return this.#takeBenchmark(benchmark[1] ?? "", Number(benchmark[2]), benchmark[3] ?? "");
    if (/^(?:panic|fatal error): /.test(text)) this.#panic = panicIn(text);
    // Before Go 1.20, its name alone in a line is all that says that a benchmark begins.
    const begun = /^(Benchmark\S*)\s*$/.exec(text)?.[1];
    if (begun !== undefined) this.#benchmark = begun;
    if (begun !== undefined && !this.#tests.has(begun)) return void this.#test(begun);
    const known = this.#tests.get(this.#ownerOf(test) ?? (test === "" ? (this.#benchmark ?? "") : test));
    (known?.text ?? this.#outside).add(text);
  }

  /** `BenchmarkX-8   1000   123 ns/op   0 B/op`: each number goes into a property by its unit. */
  #takeBenchmark(printed: string, iterations: number, measured: string): void {
    const name = this.#withoutProcessors(printed);
    const test = this.#tests.get(name) ?? newTest();
    this.#setProperty(test, "iterations", String(iterations));
    for (const [, value = "", unit = ""] of measured.matchAll(/(\S+) (\S+)/g)) this.#setProperty(test, unit, value);
    const each_ns = Number(test.properties["ns/op"]);
    this.#tests.delete(name);
    this.#report(name, test, "passed", Number.isFinite(each_ns) ? (iterations * each_ns) / 1e6 : 0, {});
    // Those above it only hold it.
    for (let above = parentOf(name); above !== undefined; above = parentOf(above)) this.#tests.delete(above);
  }

  #end({ test: printed, status, seconds }: Extract<FramingEvent, { type: "end" }>): void {
    this.#conclusion = undefined;
    this.#benchmark = undefined;
    const nested = this.#nested.findLastIndex(({ name }) => name === printed);
    if (nested !== -1) return void this.#nested.splice(nested, 1);
    const isBenchmark = printed.startsWith("Benchmark");
    // Of what neither began nor is known, somebody has only printed the end.
    if (!isBenchmark && !this.#begun.has(printed) && !this.#options.places.has(printed.split("/")[0] ?? "")) return;
    // Its result was a line of its own; what comes now is what it logged.
    if (status === "bench") return void this.#tests.delete(this.#withoutProcessors(printed));
    const name = isBenchmark ? this.#withoutProcessors(printed) : printed;
    const test = this.#tests.get(name) ?? newTest();
    this.#pause(name);
    this.#tests.delete(name);
    const duration_ms = seconds === undefined ? test.ran_ms : within(test.ran_ms, seconds * 1000, half_ms);
    const output = test.text.toString();
    const parent = parentOf(name);
    const above = parent === undefined ? undefined : this.#tests.get(parent);
    const panic = panicIn(output);
    for (const explain of test.unexplained) explain(panic, output);
    const report = (texts: ReturnType<typeof textsOf>) => this.#report(name, test, statuses[status], duration_ms, texts);
    if (status === "fail" && above !== undefined) {
      above.failedChildren += 1;
      if (test.failedChildren === 0 && failureMessage(output) === undefined) {
        above.unexplained.push((found, all) =>
          report(textsOf(status, found === undefined ? output : `${output}${all}`, test.failedChildren)),
        );
        return;
      }
    }
    report(textsOf(status, output, test.failedChildren));
  }

  #report(
    name: string,
    { properties, ran_ms }: Test,
    status: CaseResult["status"],
    duration_ms: number | undefined,
    texts: Pick<CaseResult, "message" | "details" | "output">,
  ): void {
    const titles = name.split("/");
    const path =
      titles.length <= depthLimit ? titles : [...titles.slice(0, depthLimit - 1), titles.slice(depthLimit - 1).join("/")];
    const place = this.#options.places.get(titles[0] ?? "");
    const ordinal = this.#seen.get(name) ?? 0;
    this.#seen.set(name, ordinal + 1);
    this.#options.onCase({
      path: path.map((title) => cutText(title, nameLimit)),
      ordinal,
      status,
      duration_ms: Math.max(0, Math.round((duration_ms ?? ran_ms) * 1000) / 1000),
      retries: 0,
      ...(place === undefined ? {} : { file: posix.join(this.#options.folder, place.file), line: place.line }),
      ...texts,
      ...(Object.keys(properties).length === 0 ? {} : { properties }),
    });
  }

  #test(name: string): Test {
    let test = this.#tests.get(name);
    if (test === undefined) {
      test = newTest();
      this.#tests.set(name, test);
    }
    return test;
  }

  #pause(name: string): void {
    const test = this.#tests.get(name);
    if (test === undefined || test.isPaused) return;
    test.isPaused = true;
    test.ran_ms += performance.now() - test.since_ms;
  }

  #continue(name: string): void {
    const test = this.#tests.get(name);
    if (test === undefined || !test.isPaused) return;
    test.isPaused = false;
    test.since_ms = performance.now();
  }

  /** Benchmarks carry the number of processors they had, unless it was one. */
  #withoutProcessors(name: string): string {
    const suffix = /-(\d+)$/.exec(name);
    const isNumber = suffix !== null && suffix[1] !== "1" && this.#options.processors.includes(Number(suffix[1]));
    return isNumber ? name.slice(0, suffix.index) : name;
  }

  #setProperty({ properties }: Test, name: string, value: string): void {
    if (Object.keys(properties).length < propertyLimit) properties[cutText(name, 200)] = cutText(value, nameLimit);
  }

  #hasOpenSubtests(name: string): boolean {
    for (const [other, { isPaused }] of this.#tests) if (!isPaused && other.startsWith(`${name}/`)) return true;
    return false;
  }
}

function newTest(): Test {
  return {
    text: new CaseText(),
    properties: {},
    isPaused: false,
    since_ms: performance.now(),
    ran_ms: 0,
    failedChildren: 0,
    unexplained: [],
  };
}

function textsOf(status: EndStatus, output: string, failedChildren: number): Pick<CaseResult, "message" | "details" | "output"> {
  const text = output.replace(/\s+$/, "");
  if (status === "skip") {
    const reason = lastLogged(output);
    return { ...(reason === undefined ? {} : { message: reason }), ...(text === "" ? {} : { output: text }) };
  }
  if (status !== "fail") return text === "" ? {} : { output: text };
  const children = failedChildren === 1 ? "A subtest failed." : `${failedChildren} subtests failed.`;
  // What the parent of a failed test logged need not be a reason.
  const own = failedChildren > 0 ? panicIn(output) : failureMessage(output);
  const message = own ?? (failedChildren > 0 ? children : "It failed and logged no reason.");
  return { message: cutText(message, nameLimit), ...(text === "" ? {} : { details: text }) };
}

function parentOf(name: string): string | undefined {
  const slash = name.lastIndexOf("/");
  return slash === -1 ? undefined : name.slice(0, slash);
}

function within(value: number, middle: number, reach: number): number {
  return Math.min(Math.max(value, middle - reach), middle + reach);
}
