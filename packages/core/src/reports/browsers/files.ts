import { caseKey } from "../../model/case.ts";
import { failedBefore, finalAttempts, finalCases } from "../final-cases.ts";
import type { ReportAttempt, ReportCase, ReportTask, RunReport } from "../run-report.ts";
import { browsersLimit } from "./schema.ts";

/** One file with its arguments, in all the browsers that it was to run in. */
export interface BrowserFile {
  readonly suite: string;
  readonly file: string;
  readonly args: readonly string[];
  /** By browser. */
  readonly tasks: ReadonlyMap<string, FileInBrowser>;
}

export interface FileInBrowser {
  readonly task: ReportTask;
  /** Its results that count, by `caseKey`. */
  readonly cases: ReadonlyMap<string, CaseInBrowser>;
  /** Keys of the cases that failed in an attempt before the one that counts. */
  readonly before: ReadonlySet<string>;
}

export interface CaseInBrowser {
  readonly result: ReportCase;
  readonly worker: string;
}

/**
 * The files that were to run in several browsers: tasks that agree in suite, file and arguments. Of two with the same browser, as reports
 * that are merged may have, the later counts.
 */
export function browserFiles({ tasks }: Pick<RunReport, "tasks">): BrowserFile[] {
  const groups = new Map<string, { task: ReportTask; browser: string }[]>();
  for (const task of tasks) {
    if (task.browser === undefined) continue;
    const key = JSON.stringify([task.suite, task.file, task.args]);
    const known = groups.get(key);
    const entry = { task, browser: task.browser };
    if (known === undefined) groups.set(key, [entry]);
    else known.push(entry);
  }
  return [...groups.values()].flatMap((entries): BrowserFile[] => {
    const byBrowser = new Map(entries.map(({ browser, task }) => [browser, task]));
    const [first] = entries;
    if (byBrowser.size < 2 || first === undefined) return [];
    const { suite, file, args } = first.task;
    return [{ suite, file, args, tasks: new Map([...byBrowser].map(([browser, task]) => [browser, inBrowser(task)])) }];
  });
}

/** The browsers of these files, by name, as many as are compared. */
export function browserNames(files: readonly BrowserFile[]): string[] {
  return [...new Set(files.flatMap(({ tasks }) => [...tasks.keys()]))].sort().slice(0, browsersLimit);
}

function inBrowser(task: ReportTask): FileInBrowser {
  const cases = finalAttempts(task).flatMap((attempt: ReportAttempt) =>
    attempt.cases.map((result): [string, CaseInBrowser] => [caseKey(result), { result, worker: attempt.worker }]),
  );
  return { task, cases: new Map(cases), before: failedBefore(task) };
}

/** Why a file that was skipped as a whole did not run; undefined where it did, or has results. */
export function notRunBecause({ task }: FileInBrowser): string | undefined {
  return task.status === "skipped" && finalCases(task).length === 0 ? (task.reason ?? "") : undefined;
}

/** What names a row: its file, and its case where it has one. */
export function rowIdentity({ suite, file, args }: BrowserFile, result?: Pick<ReportCase, "path" | "ordinal">) {
  return {
    suite,
    file,
    ...(args.length > 0 && { args: [...args] }),
    ...(result !== undefined && { path: [...result.path] }),
    ...(result !== undefined && result.ordinal > 0 && { ordinal: result.ordinal }),
  };
}

/** Each case that any of the browsers has, in the order of the first that has it, by browser. */
export function* casesAcross(file: BrowserFile): Generator<ReadonlyMap<string, CaseInBrowser>> {
  const keys = new Set([...file.tasks.values()].flatMap(({ cases }) => [...cases.keys()]));
  for (const key of keys) {
    const across = new Map<string, CaseInBrowser>();
    for (const [browser, { cases }] of file.tasks) {
      const found = cases.get(key);
      if (found !== undefined) across.set(browser, found);
    }
    yield across;
  }
}
