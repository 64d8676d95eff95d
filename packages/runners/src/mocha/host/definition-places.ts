import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { MochaSuite, Runnable } from "./mocha-api.ts";

/** Mocha's own frames and those of a helper or two; more would cost every test more. */
const frames = 10;

export interface Place {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string;
  readonly line?: number;
}

/** Notes where each test is defined, which mocha does not, by who calls it at that moment. */
export class DefinitionPlaces {
  readonly #workspace: string;
  readonly #lines = new WeakMap<Runnable, number>();
  readonly #urls = new Map<string, string>();

  /** @param workspace its absolute path */
  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** Call before the suite gets its tests. */
  watch(suite: MochaSuite): void {
    suite.on("test", (test: Runnable) => this.#note(test));
    suite.on("suite", (child: MochaSuite) => this.watch(child));
  }

  /** @param taskFile stands in where the test is of no file, or of one outside the workspace */
  placeOf(runnable: Runnable, taskFile: string): Place {
    const test = runnable.retriedTest?.() ?? runnable;
    if (test.file === undefined) return { file: taskFile };
    const file = relative(this.#workspace, test.file).split(sep).join("/");
    if (file === "" || file.startsWith("../") || /^(?:\/|[A-Za-z]:)/.test(file)) return { file: taskFile };
    const line = this.#lines.get(test);
    return line === undefined ? { file } : { file, line };
  }

  #note(test: Runnable): void {
    if (test.file === undefined) return;
    const line = lineIn(stackHere(), [test.file, this.#urlOf(test.file)]);
    if (line !== undefined) this.#lines.set(test, line);
  }

  #urlOf(file: string): string {
    const known = this.#urls.get(file) ?? pathToFileURL(file).href;
    this.#urls.set(file, known);
    return known;
  }
}

function stackHere(): unknown {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  // A text, unless a test has it made otherwise; by the lines of the sources, where a loader keeps account of them.
  const { stack }: { stack?: unknown } = new Error("here");
  Error.stackTraceLimit = limit;
  return stack;
}

function lineIn(stack: unknown, files: readonly string[]): number | undefined {
  if (typeof stack !== "string") return undefined;
  for (const frame of stack.split("\n"))
    for (const file of files) {
      const at = frame.indexOf(file);
      const position = at === -1 ? null : /^(?:\?[^\s:]*)?:(\d+):\d+\)?$/.exec(frame.slice(at + file.length));
      if (position !== null) return Number(position[1]);
    }
  return undefined;
}
