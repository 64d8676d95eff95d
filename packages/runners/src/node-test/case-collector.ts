import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { isInsideWorkspace, type CaseResult } from "@shardwright/core";
import type { TestError, TestEvent, TestResult } from "./events.ts";

const depthLimit = 64;
const nameLimit = 4000;

interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** Makes cases out of the events of one file. */
export class CaseCollector {
  readonly #file: string;
  readonly #workspace: string;
  /** The names of what has started, by nesting. */
  #names: string[] = [];
  readonly #seen = new Map<string, number>();
  /** How many suites and tests have been defined and not ended. */
  #open = 0;
  readonly #running = new Map<number, { readonly parent: number | undefined; readonly path: string[]; readonly place: Place }>();

  /** @param file relative to the workspace */
  constructor(file: string, workspace: string) {
    this.#file = file;
    this.#workspace = workspace;
  }

  /** The case that the event is about, if it ends one. */
  take(event: TestEvent): CaseResult | undefined {
    switch (event.type) {
      case "start":
        this.#names = [...this.#names.slice(0, event.nesting), event.name];
        return undefined;
      case "dequeue":
        this.#begin(event);
        return undefined;
      case "enqueue":
        this.#open += 1;
        return undefined;
      case "complete":
        this.#open -= 1;
        if (event.id !== undefined) this.#running.delete(event.id);
        return undefined;
      case "pass":
      case "fail":
        return isCase(event) ? this.#toCase(event) : undefined;
      case "ready":
      case "diagnostic":
      case "summary":
      case "uncaught":
      case "exit":
        return undefined;
    }
  }

  get isSettled(): boolean {
    return this.#open <= 0;
  }

  /** What ran, and now never ends: the innermost tests only. */
  interrupted(message: string): CaseResult[] {
    const parents = new Set([...this.#running.values()].map(({ parent }) => parent));
    const innermost = [...this.#running].filter(([id]) => !parents.has(id)).map(([, entry]) => entry);
    this.#running.clear();
    return innermost.map(({ path, place }) => ({
      ...this.#identity(path),
      status: "errored" as const,
      duration_ms: 0,
      retries: 0,
      ...this.#place(place),
      message,
    }));
  }

  #begin({ id, parent, name, ...place }: Extract<TestEvent, { type: "dequeue" }>): void {
    if (id === undefined) return;
    const above = parent === undefined ? undefined : this.#running.get(parent)?.path;
    this.#running.set(id, { parent, path: [...(above ?? []), name], place });
  }

  #toCase(event: TestResult): CaseResult {
    // A failing hook of the file as a whole has no name but the file's path.
    const path = event.kind === undefined ? [this.#file] : [...this.#names.slice(0, event.nesting), event.name];
    return {
      ...this.#identity(path),
      ...verdictOf(event),
      duration_ms: Math.max(0, event.duration_ms ?? 0),
      retries: 0,
      ...this.#place(event),
    };
  }

  #identity(titles: readonly string[]): Pick<CaseResult, "path" | "ordinal"> {
    const names = titles.map((title) => (title === "" ? "<anonymous>" : title));
    const path =
      names.length <= depthLimit
        ? names
        : [
            ...names.slice(0, depthLimit - 1),
            names
              .slice(depthLimit - 1)
              .join(" > ")
              .slice(0, nameLimit),
          ];
    const key = JSON.stringify(path);
    const ordinal = this.#seen.get(key) ?? 0;
    this.#seen.set(key, ordinal + 1);
    return { path, ordinal };
  }

  /** Where it stands; the task's own file when a test is defined outside the workspace. */
  #place({ file, line }: Place): Pick<CaseResult, "file" | "line"> {
    if (file === undefined) return { file: this.#file };
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    const inside = relative(this.#workspace, path).split(sep).join("/");
    if (inside === "" || !isInsideWorkspace(inside)) return { file: this.#file };
    return { file: inside, ...(line === undefined || line < 1 ? {} : { line: Math.floor(line) }) };
  }
}

/** Suites are no cases, unless something of their own failed: a hook, or the function that defines their tests. */
function isCase(event: TestResult): boolean {
  if (event.kind === "test") return true;
  return event.type === "fail" && !isMarked(event.todo) && event.error?.how !== "subtestsFailed";
}

/** Of these it is not the test that failed: something around it did, and it may not have run. */
const aroundTheTest = new Set(["hookFailed", "cancelledByParent"]);

function verdictOf(event: TestResult): Pick<CaseResult, "status" | "note" | "message" | "details"> {
  const why = describe(event.error);
  // Before anything else: node:test leaves a test that is marked so out of its count of failures.
  if (isMarked(event.skip)) return { status: "skipped", ...reason(event.skip) };
  if (isMarked(event.todo))
    return event.type === "pass"
      ? { status: "passed", note: "todo", ...reason(event.todo) }
      : { status: "skipped", note: "todo", ...why };
  if (event.type === "pass") return { status: "passed", ...(isMarked(event.expectFailure) ? { note: "expected-failure" } : {}) };
  const status = event.kind !== "test" || aroundTheTest.has(event.error?.how ?? "") ? "errored" : "failed";
  return { status, ...(event.error?.how === "expectedFailure" ? { note: "unexpected-pass" as const } : {}), ...why };
}

function describe(error: TestError | undefined): Pick<CaseResult, "message" | "details"> {
  return error === undefined ? { message: "It failed without an error." } : { message: error.message, details: error.details };
}

function reason(mark: unknown): { message?: string } {
  return typeof mark === "string" && mark !== "" ? { message: mark } : {};
}

function isMarked(mark: unknown): boolean {
  return mark !== undefined && mark !== false;
}
