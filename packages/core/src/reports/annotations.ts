import { isInsideWorkspace } from "../model/ids.ts";
import { plainText } from "../model/plain-text.ts";
import { noticedLine, topPlace } from "../resilience/fingerprint.ts";
import { faultsOf, type Fault } from "./faults.ts";
import { firstLine } from "./format.ts";
import type { RunReport } from "./run-report.ts";

/** Something to be shown beside a line of the source. */
export interface Annotation {
  /** Relative to the workspace, with forward slashes. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly level: "failure" | "warning" | "notice";
  /** One line. */
  readonly title: string;
  readonly message: string;
  /** Stack trace and diff, or what a process printed last; may be empty. */
  readonly details: string;
}

/** What went wrong, each at the line where its test noticed it, in the report's order: one for each fault. */
export function annotationsOf(report: RunReport): Annotation[] {
  return faultsOf(report).map(annotationOf);
}

function annotationOf(fault: Fault): Annotation {
  const { task, result, name, message, details } = fault;
  const { path, line } = placeOf(fault);
  const text = plainText(message).trim() || firstLine(plainText(details)) || "No message";
  return {
    path,
    line,
    level: "failure",
    title: firstLine(plainText(result === undefined ? `${task.file} ${task.status}` : name), 250),
    message: text,
    details: plainText(details).trimEnd(),
  };
}

/** The line that failed in the test's own file; else where the test stands; else where the stack comes from. */
function placeOf({ task, result, details }: Fault): { readonly path: string; readonly line: number } {
  const path = [result?.file, task.file].find((file) => file !== undefined && isInsideWorkspace(file)) ?? task.file;
  if (result === undefined) return { path, line: 1 };
  const line = noticedLine(details, path) ?? result.line;
  if (line !== undefined) return { path, line };
  const top = topPlace(details, path);
  return top !== undefined && isInsideWorkspace(top.file) ? { path: top.file, line: top.line } : { path, line: 1 };
}
