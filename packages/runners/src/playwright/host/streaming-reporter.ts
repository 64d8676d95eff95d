import type { FullConfig, Reporter, Suite, TestCase, TestError, TestResult } from "@playwright/test/reporter";
import type { CaseResult } from "@shardwright/core";
import { identityOf, toCaseResult, type Identity } from "./case-results.ts";

export interface ReportedRun {
  readonly tests: readonly TestCase[];
  readonly errors: readonly TestError[];
}

/** Who is told what Playwright reports of one run. */
export interface RunListener {
  readonly workspace: string;
  /** Told of all tests before any runs. */
  readonly onBegin: (tests: readonly TestCase[]) => void;
  readonly onRunning: (identity: Identity) => void;
  readonly onCase: (result: CaseResult) => void;
  readonly onPrint: (text: string) => void;
}

/** Puts a reporter where the entry that Playwright loads finds it for the next run. */
export function publishReporter(reporter: Reporter): void {
  Object.assign(globalThis, { [Symbol.for("shardwright.playwright.reporter")]: reporter });
}

/** Tells of one run what Playwright reports, as it comes. */
export class StreamingReporter implements Reporter {
  readonly #listener: RunListener;
  #tests: readonly TestCase[] = [];
  readonly #errors: TestError[] = [];
  readonly #told = new Set<TestCase>();

  constructor(listener: RunListener) {
    this.#listener = listener;
  }

  /** Tells what is left. */
  end(): ReportedRun {
    for (const test of this.#tests) this.#tell(test);
    return { tests: this.#tests, errors: this.#errors };
  }

  printsToStdio(): boolean {
    // Else Playwright would add a reporter that does.
    return true;
  }

  onBegin(_config: FullConfig, suite: Suite): void {
    this.#tests = suite.allTests();
    this.#listener.onBegin(this.#tests);
  }

  onTestBegin(test: TestCase): void {
    this.#listener.onRunning(identityOf(test, this.#listener.workspace));
  }

  onTestEnd(test: TestCase): void {
    if (isFinal(test)) this.#tell(test);
  }

  onStdOut(chunk: string | Buffer): void {
    this.#listener.onPrint(chunk.toString());
  }

  onStdErr(chunk: string | Buffer): void {
    this.#listener.onPrint(chunk.toString());
  }

  onError(error: TestError): void {
    this.#errors.push(error);
    this.#listener.onPrint(`${error.stack ?? error.message ?? error.value ?? "an error without a message"}\n`);
  }

  #tell(test: TestCase): void {
    if (this.#told.has(test)) return;
    this.#told.add(test);
    this.#listener.onCase(toCaseResult(test, this.#listener.workspace));
  }
}

/** The outermost group around a test whose tests depend on each other; undefined where there is none. */
export function serialGroupOf(test: TestCase): Suite | undefined {
  let outermost: Suite | undefined;
  for (let suite: Suite | undefined = test.parent; suite !== undefined; suite = suite.parent)
    if (modeOf(suite) === "serial") outermost = suite;
  return outermost;
}

/** Tests of a serial group are all run again when one fails; any other test is when it failed itself and may still be retried. */
function isFinal(test: TestCase): boolean {
  const results: readonly TestResult[] = test.results;
  if (results.length > test.retries) return true;
  return modeOf(test.parent) !== undefined && serialGroupOf(test) === undefined && test.ok();
}

/** How a group runs is not in the reporters' interface. */
function modeOf(suite: Suite): string | undefined {
  return (suite as Suite & { _parallelMode?: string })._parallelMode;
}
