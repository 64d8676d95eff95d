import { isInsideWorkspace } from "../model/ids.ts";
import { plainText } from "../model/plain-text.ts";
import { noticedLine, topPlace } from "../resilience/fingerprint.ts";
import { changeWords, faultChanges, newsRank, shortChange, type FailingKind } from "./comparison-words.ts";
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
  /** How the failure stands to the base, where that is known. */
  readonly change?: FailingKind;
  /** Who is responsible for the file; absent where nobody is named. */
  readonly owners?: readonly string[];
}

/** What went wrong, each at the line where its test noticed it, one for each fault: what is new against the base first, else in the report's order. */
export function annotationsOf(report: RunReport): Annotation[] {
  const { comparison } = report;
  const changeOf = faultChanges(report);
  const changed = faultsOf(report).map((fault) => ({ fault, change: changeOf(fault) }));
  const ordered = comparison === undefined ? changed : changed.toSorted((a, b) => newsRank(a.change) - newsRank(b.change));
  return ordered.map(({ fault, change }) => {
    const annotation = annotationOf(fault);
    const remarks = [
      ...(change !== undefined && comparison !== undefined ? [sentence(changeWords(change, comparison))] : []),
      ...(annotation.owners === undefined ? [] : [`Owned by ${annotation.owners.join(", ")}.`]),
    ];
    return {
      ...annotation,
      ...(change !== undefined && { change: change.kind }),
      title: titled(annotation.title, change?.kind),
      message: [...remarks, annotation.message].join("\n"),
    };
  });
}

function titled(title: string, kind: FailingKind | undefined): string {
  const short = kind === undefined ? "" : shortChange[kind];
  return short === "" ? title : `${sentence(short).replace(/\.$/, "")}: ${title}`;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function annotationOf(fault: Fault): Annotation {
  const { task, result, name, message, details } = fault;
  const { path, line } = placeOf(fault);
  const text = plainText(message).trim() || firstLine(plainText(details)) || "No message";
  return {
    path,
    line,
    level: "failure",
    title: firstLine(plainText(result === undefined ? `${task.file} ${task.status}` : name), 220),
    message: text,
    details: plainText(details).trimEnd(),
    ...(task.owners !== undefined && { owners: task.owners }),
  };
}

/** The line that failed in the test's own file; else where the test stands; else where the stack comes from. */
function placeOf({ task, result, details, message }: Fault): { readonly path: string; readonly line: number } {
  const path = [result?.file, task.file].find((file) => file !== undefined && isInsideWorkspace(file)) ?? task.file;
  // What happened outside of all cases has its stack in its message; its details are what the process printed.
  const stack = result === undefined ? message : details;
  const line = noticedLine(stack, path) ?? result?.line;
  if (line !== undefined) return { path, line };
  const top = topPlace(stack, path);
  return top !== undefined && isInsideWorkspace(top.file) ? { path: top.file, line: top.line } : { path, line: 1 };
}
