import { caseKey } from "../../model/case.ts";
import { isBad, isFlakyCase } from "../final-cases.ts";
import { casesAcross, notRunBecause, rowIdentity, type BrowserFile, type FileInBrowser } from "./files.ts";
import type { BrowserCell, BrowserTest } from "./schema.ts";

/** What became of each test in each browser; of a file without any case, of the file. */
export function* verdictRows(files: readonly BrowserFile[], browsers: readonly string[]): Generator<BrowserTest> {
  for (const file of files) {
    let rows = 0;
    for (const across of casesAcross(file)) {
      const [one] = across.values();
      if (one === undefined) continue;
      rows += 1;
      const key = caseKey(one.result);
      const cells = browsers.map((browser) => caseCell(file.tasks.get(browser), key));
      yield { ...rowIdentity(file, one.result), differs: differ(file, browsers, cells), cells };
    }
    if (rows > 0) continue;
    const cells = browsers.map((browser) => fileCell(file.tasks.get(browser)));
    yield { ...rowIdentity(file), differs: differ(file, browsers, cells), cells };
  }
}

function caseCell(file: FileInBrowser | undefined, key: string): BrowserCell {
  const found = file?.cases.get(key);
  if (file === undefined || found === undefined) return fileless(file);
  const { result } = found;
  return {
    key: file.task.key,
    status: result.status,
    ...(isFlakyCase(result, file.before) && { flaky: true }),
    ...(isBad(result.status) && result.quarantined !== undefined && { quarantined: true }),
    ...(result.status === "skipped" && result.message !== undefined && { reason: result.message.slice(0, 200) }),
  };
}

/** What there is to say of a case that this browser has no result of. */
function fileless(file: FileInBrowser | undefined): BrowserCell {
  if (file === undefined) return { status: "absent", reason: "not to run there" };
  const reason = notRunBecause(file);
  const { key, status } = file.task;
  if (reason !== undefined) return { key, status: "skipped", ...(reason !== "" && { reason }) };
  const why = status === "passed" || status === "failed" ? undefined : (file.task.reason ?? `its file is ${status}`);
  return { key, status: "absent", ...(why !== undefined && { reason: why.slice(0, 200) }) };
}

function fileCell(file: FileInBrowser | undefined): BrowserCell {
  if (file === undefined) return fileless(file);
  const { key, status, reason, flaky } = file.task;
  const isOver = status === "passed" || status === "failed" || status === "errored" || status === "skipped";
  return {
    key,
    status: isOver ? status : "absent",
    ...(flaky && { flaky: true }),
    ...(reason !== undefined && { reason: reason.slice(0, 200) }),
  };
}

/** Browsers that the file did not run in say nothing about it. */
function differ(file: BrowserFile, browsers: readonly string[], cells: readonly BrowserCell[]): boolean {
  const kinds = new Set<string>();
  for (const [index, { status }] of cells.entries()) {
    const ran = file.tasks.get(browsers[index] ?? "");
    if (ran === undefined || notRunBecause(ran) !== undefined) continue;
    kinds.add(isBad(status) ? "bad" : status);
  }
  return kinds.size > 1;
}

/** What says most comes first: what differs, what failed everywhere, what passed or was skipped everywhere. */
export function verdictRank({ differs, cells }: BrowserTest): number {
  if (differs) return cells.some(({ status }) => isBad(status)) ? 0 : 1;
  return cells.some(({ status }) => isBad(status)) ? 2 : 3;
}
