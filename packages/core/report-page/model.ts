import { pageStatuses, type PageAttempt, type PageCase, type PagePayload, type PageTask } from "../src/reports/html/payload.ts";

/** What a line of the list stands for: a case that counts, or a task that has none to show. */
export interface Row {
  /** Place in the list before any filter. */
  readonly index: number;
  readonly task: number;
  /** Place of the case among those that count; -1 for the task itself. */
  readonly place: number;
  /** `flaky` for what passed only when tried again, `quarantined` for what failed and does not count. */
  readonly status: string;
  readonly duration_ms: number;
  readonly cause: number;
}

export interface Model {
  readonly payload: PagePayload;
  readonly rows: readonly Row[];
  /** Rows of each status. */
  readonly counts: ReadonlyMap<string, number>;
  /** Names of all workers that ran something, sorted. */
  readonly workers: readonly string[];
}

export function readModel(text: string): Model {
  const payload = JSON.parse(text) as PagePayload;
  const rows: Row[] = [];
  const counts = new Map<string, number>();
  const workers = new Set<string>();
  const add = (row: Omit<Row, "index">) => {
    rows.push({ index: rows.length, ...row });
    counts.set(row.status, (counts.get(row.status) ?? 0) + 1);
  };
  for (const [task, entry] of payload.tasks.entries()) {
    for (const attempt of entry.attempts) workers.add(payload.strings[attempt.w] ?? "");
    const cases = casesOf(entry);
    for (const [place, result] of cases.entries()) {
      const status = caseStatus(result);
      add({ task, place, status, duration_ms: result[1], cause: result[4]?.cause ?? -1 });
    }
    if (cases.length === 0 || entry.cause !== undefined) {
      add({ task, place: -1, status: taskStatus(entry), duration_ms: durationOf(entry), cause: entry.cause ?? -1 });
    }
  }
  return { payload, rows, counts, workers: [...workers].sort() };
}

export function statusName(status: number): string {
  return pageStatuses[status] ?? "passed";
}

function caseStatus(result: PageCase): string {
  if (result[4]?.quarantined !== undefined) return "quarantined";
  return result[4]?.flaky === true ? "flaky" : statusName(result[0]);
}

export function taskStatus(task: PageTask): string {
  if (task.quarantined === true) return "quarantined";
  return task.flaky === true ? "flaky" : statusName(task.status);
}

export function taskOf(model: Model, row: Row): PageTask {
  const task = model.payload.tasks[row.task];
  if (task === undefined) throw new RangeError(`no task ${row.task}`);
  return task;
}

function finalAttempts(task: PageTask): readonly PageAttempt[] {
  return task.attempts.filter((attempt) => attempt.final === true);
}

/** The cases that count. */
export function casesOf(task: PageTask): readonly PageCase[] {
  return finalAttempts(task).flatMap((attempt) => attempt.cases);
}

/** What the task took in the end, its parts added up, in milliseconds. */
export function durationOf(task: PageTask): number {
  return finalAttempts(task).reduce((sum, attempt) => sum + attempt.duration_ms, 0);
}

export function caseOf(model: Model, row: Row): PageCase | undefined {
  return row.place < 0 ? undefined : casesOf(taskOf(model, row))[row.place];
}

export function fileOf(model: Model, row: Row): string {
  const file = caseOf(model, row)?.[4]?.file;
  return model.payload.strings[file ?? taskOf(model, row).f] ?? "";
}

/** A file's name, with the browser where it is bound to one. */
export function withBrowser(model: Model, task: PageTask, file: string): string {
  return task.browser === undefined ? file : `${file} · ${model.payload.strings[task.browser] ?? ""}`;
}

export function groupsOf(model: Model, result: PageCase): string {
  return model.payload.strings[result[2]] ?? "";
}

/** The case's own title, with duplicates told apart; the words for a row that is a task. */
export function titleOf(model: Model, row: Row): string {
  const result = caseOf(model, row);
  if (result === undefined) return taskTitle(taskOf(model, row));
  const ordinal = result[4]?.ordinal;
  return ordinal === undefined ? result[3] : `${result[3]} (${ordinal + 1})`;
}

function taskTitle(task: PageTask): string {
  if (task.attempts.length === 0) return task.reason ?? "never ran";
  return finalAttempts(task).find(({ failure }) => failure !== undefined)?.failure?.message ?? task.reason ?? "no tests inside";
}

/** How a row is named in the address: `t12c3`, or `t12`. */
export function referenceOf(row: Row): string {
  return row.place < 0 ? `t${row.task}` : `t${row.task}c${row.place}`;
}

/** The row that a reference names. A task without a row of its own is shown through one that is made for it. */
export function rowFor(model: Model, reference: string): Row | undefined {
  const match = /^t(\d+)(?:c(\d+))?$/.exec(reference);
  if (match === null) return undefined;
  const task = Number(match[1]);
  const place = match[2] === undefined ? -1 : Number(match[2]);
  const entry = model.payload.tasks[task];
  if (entry === undefined) return undefined;
  const known = model.rows.find((row) => row.task === task && row.place === place);
  if (known !== undefined || place >= 0) return known;
  return { index: -1, task, place, status: taskStatus(entry), duration_ms: durationOf(entry), cause: -1 };
}
