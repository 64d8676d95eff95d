import { caseName, plural, type BrowserSign, type CaseResult } from "@shardwright/core";
import { cut } from "@shardwright/runners/host";
import type { TaskOutcome } from "@shardwright/runners";
import type { CaseEnd } from "./case-run.ts";

const messageLimit = 3900;

/** Gathers what the cases of a task came to, and says what that makes of the task. */
export class TaskEnding {
  readonly #cases: CaseResult[] = [];
  #sign: BrowserSign | undefined;
  #timeouts = 0;
  #fault: string | undefined;
  #unloadable: string | undefined;

  add(result: CaseResult): void {
    this.#cases.push(result);
  }

  note({ sign, isTimeout }: CaseEnd): void {
    this.#sign ??= sign;
    if (isTimeout === true) this.#timeouts += 1;
  }

  /** Something of ours, or of the machine's. */
  addFault(message: string): void {
    this.#fault ??= message;
  }

  addUnloadable(message: string): void {
    this.#unloadable ??= message;
  }

  get isBad(): boolean {
    return (
      this.#fault !== undefined ||
      this.#unloadable !== undefined ||
      this.#sign !== undefined ||
      this.#cases.some(({ status }) => status === "failed" || status === "errored")
    );
  }

  result(): TaskOutcome {
    if (this.#fault !== undefined)
      return { outcome: "errored", failure: { kind: "runner-error", message: cut(this.#fault, messageLimit) } };
    if (this.#unloadable !== undefined)
      return {
        outcome: "failed",
        failure: { kind: "setup-error", message: cut(`The file could not be loaded: ${this.#unloadable}`, messageLimit) },
      };
    const bad = this.#cases.filter(({ status }) => status === "failed" || status === "errored");
    const [first] = bad;
    if (first !== undefined) {
      const message = cut(
        `${bad.length} of ${this.#cases.length} cases failed. ${caseName(first)}: ${first.message ?? ""}`,
        messageLimit,
      );
      if (this.#sign !== undefined) return lost(message);
      const kind = this.#timeouts === bad.length ? "test-timeout" : "assertion";
      return { outcome: "failed", failure: { kind, message, complete: true } };
    }
    // It went with the last thing that a case did: the cases behind that one have not run.
    if (this.#sign !== undefined) return lost(`The browser was lost after ${plural(this.#cases.length, "case")}.`);
    return { outcome: this.#cases.some(({ status }) => status === "passed") ? "passed" : "skipped" };
  }
}

function lost(message: string): TaskOutcome {
  return { outcome: "errored", failure: { kind: "browser-crash", message } };
}
