import { caseOf, fileOf, groupsOf, taskOf, withBrowser, type Model, type Row } from "./model.ts";

export type Order = "worst" | "file" | "slowest";

export interface Filter {
  query: string;
  /** Empty for all. */
  statuses: Set<string>;
  suite: string;
  worker: string;
  /** -1 for all. */
  cause: number;
  order: Order;
}

/** What the list shows: rows, with a heading before each file's when they are ordered by file. */
export type Line = { readonly row: Row } | { readonly heading: Row };

/** From worst to best; `skipped` comes last: nothing is wrong with it and nothing is known of it. */
export const statusOrder = ["errored", "failed", "incomplete", "cancelled", "quarantined", "flaky", "passed", "skipped"] as const;

/** The most lines the list shows: browsers cannot make a page much higher. */
const listLimit = 400_000;

export function emptyFilter(): Filter {
  return { query: "", statuses: new Set(), suite: "", worker: "", cause: -1, order: "worst" };
}

export function isNarrowed(filter: Filter): boolean {
  return filter.query !== "" || filter.statuses.size > 0 || filter.suite !== "" || filter.worker !== "" || filter.cause >= 0;
}

/** Every word of the query must be in the row's name, file or message. */
export function linesFor(model: Model, filter: Filter, textOf: (row: Row) => string): Line[] {
  const words = filter.query.toLowerCase().split(/\s+/).filter(Boolean);
  const { strings } = model.payload;
  const rows = model.rows.filter((row) => {
    if (filter.statuses.size > 0 && !filter.statuses.has(row.status)) return false;
    if (filter.cause >= 0 && row.cause !== filter.cause) return false;
    if (filter.suite !== "" && strings[taskOf(model, row).s] !== filter.suite) return false;
    if (filter.worker !== "" && !taskOf(model, row).attempts.some((attempt) => strings[attempt.w] === filter.worker))
      return false;
    if (words.length === 0) return true;
    const text = textOf(row);
    return words.every((word) => text.includes(word));
  });
  return ordered(rows, filter.order).slice(0, listLimit);
}

function ordered(rows: Row[], order: Order): Line[] {
  if (order === "slowest") rows.sort((a, b) => b.duration_ms - a.duration_ms || a.index - b.index);
  if (order === "worst") rows.sort((a, b) => rank(a) - rank(b) || a.index - b.index);
  if (order !== "file") return rows.map((row) => ({ row }));
  const lines: Line[] = [];
  let task = -1;
  for (const row of rows) {
    if (row.task !== task) lines.push({ heading: row });
    task = row.task;
    lines.push({ row });
  }
  return lines;
}

const ranks = new Map<string, number>(statusOrder.map((status, index) => [status, index]));

function rank(row: Row): number {
  return ranks.get(row.status) ?? statusOrder.length;
}

/** Lower-case text of each row to search in, made when it is first asked for. */
export function searchText(model: Model): (row: Row) => string {
  const texts: (string | undefined)[] = [];
  return (row) => {
    const known = texts[row.index];
    if (known !== undefined) return known;
    const result = caseOf(model, row);
    const name = result === undefined ? "" : `${groupsOf(model, result)} › ${result[3]}`;
    const message = result?.[4]?.message?.slice(0, 500) ?? "";
    const text = `${withBrowser(model, taskOf(model, row), fileOf(model, row))} ${name} ${message}`.toLowerCase();
    texts[row.index] = text;
    return text;
  };
}
