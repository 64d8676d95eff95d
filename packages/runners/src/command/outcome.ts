import { caseName, cutText, type CaseResult, type Failure } from "@shardwright/core";
import type { ChildExit } from "../process/child.ts";
import { crashOf } from "../process/warm-session.ts";
import type { TaskOutcome } from "../runner.ts";

/** How the program ended and what it left. */
export interface Ending {
  readonly exit: ChildExit;
  /** The end of what it printed. */
  readonly tail: string;
  /** Why there is no report to go by, if there is none. */
  readonly trouble: string | undefined;
}

/** Whether the program failed in a way that no report makes up for. */
export function crashOfCommand({ exit, tail }: Ending): Failure | undefined {
  if (exit.error !== undefined)
    return { kind: "setup-error", message: cutText(`The command could not be started: ${exit.error.message}`, 3900) };
  if (exit.signal === null) return undefined;
  const { message } = crashOf(exit, tail);
  return { kind: "crash", message: message.replace("The test process", "The command"), signal: exit.signal };
}

/**
 * A task's outcome by its cases and the exit code: a report with failures explains any code; success is believed only when both say so.
 * @param others whether another task of the same invocation failed, and so explains the exit code
 */
export function outcomeOf(cases: readonly CaseResult[], ending: Ending, others: boolean): TaskOutcome {
  const code = ending.exit.code ?? -1;
  const crash = crashOfCommand(ending);
  const failed = cases.filter(({ status }) => status === "failed");
  const errored = cases.filter(({ status }) => status === "errored");
  if (crash !== undefined) return { outcome: "errored", failure: crash };
  if (ending.trouble !== undefined) return fault(ending.trouble, code, ending.tail);
  if (failed.length > 0)
    return { outcome: "failed", failure: { kind: "assertion", message: account(failed, cases), exit_code: code } };
  if (errored.length > 0)
    return { outcome: "errored", failure: { kind: "runner-error", message: account(errored, cases), exit_code: code } };
  if (code !== 0 && !others) {
    const said = cases.length === 0 ? "and its report holds no case" : "though all its cases passed";
    return fault(`The command exited with code ${code} ${said}.`, code, ending.tail);
  }
  return { outcome: cases.some(({ status }) => status === "passed") ? "passed" : "skipped" };
}

function fault(message: string, code: number, tail: string): TaskOutcome {
  const lines = tail.trim().split("\n").slice(-5);
  const said = tail.trim() === "" ? "" : `\nIts last words:\n${lines.map((line) => cutText(line, 250)).join("\n")}`;
  return { outcome: "errored", failure: { kind: "runner-error", message: `${cutText(message, 2000)}${said}`, exit_code: code } };
}

function account(bad: readonly CaseResult[], cases: readonly CaseResult[]): string {
  const [first] = bad;
  const example = first === undefined ? "" : ` ${caseName(first)}: ${first.message ?? "no message"}`;
  return cutText(`${bad.length} of ${cases.length} cases ${first?.status ?? "failed"}.${example}`, 3900);
}
