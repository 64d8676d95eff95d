import { dirname, join } from "node:path";
import {
  accountSentence,
  blobReportFolder,
  caseName,
  causeWords,
  countTries,
  entryFor,
  comparedName,
  browserMemory,
  browserOutcome,
  browsersOf,
  browsersSentence,
  comparisonSentence,
  failuresOf,
  faultNotes,
  faultsOf,
  finalAttempt,
  finalCases,
  formatBytes,
  formatCount,
  groupFailures,
  newsRank,
  isBadCase,
  isQuarantinedCase,
  isWithoutResult,
  kindWords,
  missingSentences,
  plural,
  quarantineWords,
  slowerWords,
  type FaultNote,
  type RunReport,
} from "@shardwright/core";
import { logGroup, neutraliseCommands, type CiEnvironment } from "@shardwright/ci";
import { duration, paintVerdict, printable, printableLine, type Colors } from "./text.ts";

type ReportTask = RunReport["tasks"][number];

/** Failures shown in full; the reports have all of them. */
const failureLimit = 20;
const causeLimit = 10;
const detailLineLimit = 30;
/** Commands to reproduce a failure; the reports have one for each. */
const commandLimit = 3;
/** Tests that became slower, or were fixed. */
const changeLimit = 5;
const lineLength = 2000;

export interface SummaryOptions {
  readonly colors: Colors;
  readonly provider: CiEnvironment["provider"];
  /** Paths of the reports that were written. */
  readonly reports: readonly string[];
  readonly now_s: number;
}

/** What is printed when a run has ended: failures, verdict, account, cost, and where the reports are. */
export function summaryText(report: RunReport, { colors, provider, reports, now_s }: SummaryOptions): string {
  // All but the group's own lines is the tests' text, and commands nobody.
  const harmless = (lines: readonly string[]) => lines.map((line) => neutraliseCommands(provider, line));
  const counted = report.tasks.filter((task) => task.quarantined !== true);
  const unfinished = counted.filter(isUnfinished);
  const bad = counted.filter((task) => task.status === "failed" || task.status === "errored" || failedBeforeItsEnd(task));
  const closing = [
    ...unfinishedLines(unfinished, colors),
    ...causeLines(report, colors),
    ...(bad.length === 0 ? [] : commandLines(report, colors)),
    ...closingLines(report, colors, reports),
  ];
  if (bad.length === 0) return harmless(closing).join("\n");
  const group = logGroup(provider, `Failures (${bad.length})`, "shardwright-failures", now_s);
  const notes = notesOf(report);
  const newsOf = (task: ReportTask) => Math.min(...(notes.get(task.key) ?? []).map(({ change }) => newsRank(change)));
  const ordered = report.comparison === undefined ? bad : bad.toSorted((a, b) => newsOf(a) - newsOf(b));
  const failures = ordered.slice(0, failureLimit).flatMap((task) => failureLines(task, notes.get(task.key) ?? [], colors));
  if (bad.length > failureLimit) failures.push(`  … and ${bad.length - failureLimit} more in the reports`);
  return [
    "",
    group.open.trimEnd(),
    ...harmless(failures),
    ...(group.close === "" ? [] : [group.close.trimEnd()]),
    ...harmless(closing),
  ].join("\n");
}

function isUnfinished({ status }: ReportTask): boolean {
  return status === "incomplete" || status === "cancelled";
}

/** It came to no end, but some of its tests had failed by then: both are said. */
function failedBeforeItsEnd(task: ReportTask): boolean {
  return isUnfinished(task) && finalCases(task).some(isBadCase);
}

/** What came to no end did not fail: nobody can say. */
function unfinishedLines(tasks: readonly ReportTask[], colors: Colors): string[] {
  if (tasks.length === 0) return [];
  const lines = tasks.slice(0, failureLimit).map(({ file, status, reason }) => {
    const why = reason === undefined ? "" : `: ${reason}`;
    return `  ${printableLine(file)} ${colors.dim(printableLine(`${status}${why}`))}`;
  });
  if (tasks.length > failureLimit) lines.push(`  … and ${tasks.length - failureLimit} more in the reports`);
  return ["", colors.yellow(`Without a result (${tasks.length})`), ...lines];
}

/** What the failures have in common, where there is more to be said than they say one by one. */
function causeLines(report: RunReport, colors: Colors): string[] {
  const { causes, mass } = failuresOf(report);
  const known = new Map(causes.map((cause) => [cause.fingerprint, cause]));
  const found = groupFailures(report);
  const final = new Set(found.map(({ fingerprint }) => fingerprint));
  const failed = found.filter((group) => !isWithoutResult(group));
  const groups = failed.map(({ fingerprint, title, kind, frame, faults }) => {
    const cause = known.get(fingerprint);
    const about = `${kindWords(kind)}${frame === undefined ? "" : ` at ${frame}`}`;
    return { count: faults.length, title, about, words: cause === undefined ? [] : causeWords(cause) };
  });
  const recovered = causes
    .filter(({ fingerprint, sentence }) => sentence !== undefined && !final.has(fingerprint))
    .map((cause) => ({ count: cause.tasks, title: cause.title, about: "passed when run again", words: causeWords(cause) }));
  const told = [...groups, ...recovered].filter(({ count, words }) => count > 1 || words.length > 0);
  if (told.length === 0 && mass.length === 0) return [];
  const lines = ["", colors.bold("Causes")];
  for (const { sentence } of mass) lines.push(`  ${colors.yellow("at once")} ${printableLine(sentence)}`);
  for (const { count, title, about, words } of told.slice(0, causeLimit)) {
    lines.push(`  ${count} × ${printableLine(title)} ${colors.dim(`(${printableLine(about)})`)}`);
    lines.push(...words.map((line) => `      ${printableLine(line)}`));
  }
  if (told.length > causeLimit) lines.push(`  … and ${told.length - causeLimit} more in the reports`);
  return lines;
}

interface NotedFault extends FaultNote {
  /** The case's name; undefined for what is told of the file itself. */
  readonly name: string | undefined;
}

/** What is known of each failure, by its task. */
function notesOf(report: RunReport): ReadonlyMap<string, readonly NotedFault[]> {
  const noteOf = faultNotes(report);
  const notes = Map.groupBy(faultsOf(report), ({ task }) => task.key);
  return new Map(
    [...notes].map(([key, faults]) => [
      key,
      faults.map((fault) => ({ ...noteOf(fault), name: fault.result === undefined ? undefined : fault.name })),
    ]),
  );
}

/** How to see the first failures again, the news first. */
function commandLines(report: RunReport, colors: Colors): string[] {
  const noteOf = faultNotes(report);
  const commands = new Set(
    groupFailures(report)
      .filter((group) => !isWithoutResult(group))
      .flatMap(({ faults }) => faults.slice(0, 1).flatMap((fault) => noteOf(fault).reproduction?.command ?? [])),
  );
  if (commands.size === 0) return [];
  const lines = [...commands].slice(0, commandLimit).map((command) => `  ${printableLine(command)}`);
  return ["", colors.bold("To reproduce"), ...lines];
}

/** What is different from the base, but for the failures, which say it themselves. */
function comparisonLines({ comparison }: RunReport, colors: Colors): string[] {
  if (comparison === undefined) return [];
  const lines: string[] = [];
  const { fixed, slower, totals } = comparison;
  const list = (title: string, total: number, named: readonly string[]) => {
    if (total === 0) return;
    lines.push("", title, ...named.slice(0, changeLimit).map((name) => `  ${printableLine(name)}`));
    if (total > changeLimit) lines.push(`  … and ${total - changeLimit} more in the reports`);
  };
  list(
    colors.green(`Fixed (${totals.fixed})`),
    totals.fixed,
    fixed.map((test) => `${test.file} > ${comparedName(test)}`),
  );
  list(
    colors.yellow(`Slower (${totals.slower})`),
    totals.slower,
    slower.map((test) => `${test.file} > ${comparedName(test)}: ${slowerWords(test)}`),
  );
  return lines;
}

function closingLines(report: RunReport, colors: Colors, reports: readonly string[]): string[] {
  const lines: string[] = [];
  const flaky = report.tasks.filter((task) => task.flaky);
  if (flaky.length > 0) lines.push("", colors.yellow(`Flaky (${flaky.length}): failed first, passed when run again`));
  for (const task of flaky.slice(0, failureLimit))
    lines.push(`  ${printableLine(task.file)} ${colors.dim(`(${countTries(task)} attempts)`)}`);

  lines.push(...quarantineLines(report, colors));
  lines.push(...comparisonLines(report, colors));
  lines.push("", `${paintVerdict(report.verdict, colors)} ${printable(report.reason)}`);
  const account = accountSentence(report.account);
  if (report.reason !== account) lines.push(`  files  ${account}`);
  // The others were shown when they came.
  for (const { message } of report.notices.filter(({ code }) => ["fallback", "downloads", "coverage"].includes(code)))
    lines.push(`  notice ${colors.yellow(printableLine(message))}`);
  const { cases } = report;
  const terms = (["passed", "failed", "errored", "skipped", "quarantined"] as const).flatMap((term) => {
    const count = cases[term] ?? 0;
    return count > 0 ? [`${formatCount(count)} ${term}`] : [];
  });
  lines.push(`  cases  ${formatCount(cases.total)} = ${terms.join(" + ") || "0"}`);
  const { cost } = report;
  const ratio =
    cost.ideal_ms > 0 ? ` = ${(cost.makespan_ms / cost.ideal_ms).toFixed(2)} × the ideal of ${duration(cost.ideal_ms)}` : "";
  lines.push(
    `  time   ${duration(cost.makespan_ms)}${ratio}, for ${duration(cost.test_time_ms)} of tests on ${plural(cost.slots, "slot")}`,
  );
  const artifacts = report.tasks.flatMap(({ attempts }) => attempts.flatMap((attempt) => attempt.artifacts ?? []));
  if (artifacts.length > 0) {
    const here = artifacts.filter(({ path }) => path !== undefined).length;
    lines.push(`  kept   ${plural(artifacts.length, "artifact")}, ${here} of them beside the reports`);
  }
  lines.push(...blobLines(report, dirname(reports[0] ?? ".")));
  if (report.comparison !== undefined && report.comparison.base.runs.length > 0)
    lines.push(`  base   ${printableLine(comparisonSentence(report.comparison).replace(/^Compared with /, ""))}`);
  const browsers = browsersOf(report);
  if (browsers !== undefined) {
    lines.push(`  across ${printableLine(browsersSentence(browsers))}`);
    for (const one of browsers.browsers) lines.push(`         ${printableLine(`${one.browser}: ${browserOutcome(one)}`)}`);
  }
  const needed = browserMemory(report).map(({ browser, bytes }) => `${browser} ${formatBytes(bytes)}`);
  if (needed.length > 0) lines.push(`  memory ${printableLine(needed.join(", "))} at most, of all a browser's processes`);
  if (reports.length > 0) lines.push(`  report ${reports.join("\n         ")}`);
  return lines;
}

/** How Playwright's own reports are made of what its suites left. @param folder of the reports */
function blobLines({ suites = [], tasks }: RunReport, folder: string): string[] {
  return suites.flatMap(({ name, directory, options }) => {
    if (options["blobReport"] !== true) return [];
    const artifacts = tasks.flatMap(({ suite, attempts }) =>
      suite === name ? attempts.flatMap((attempt) => attempt.artifacts ?? []) : [],
    );
    const paths = artifacts.flatMap(({ path }) => (path?.startsWith(blobReportFolder) === true ? [path] : []));
    const [first] = paths;
    if (first === undefined) return [];
    const place = join(folder, dirname(first));
    // Without it, Playwright merges only what ran in folders of the same name.
    const { config } = options;
    const configuration = join(directory, typeof config === "string" ? config : "");
    const command = `npx playwright merge-reports -c ${configuration} --reporter html ${place}`;
    return [`  blobs  ${paths.length} for ${printableLine(command)}`];
  });
}

/** What failed and does not count, and what is in quarantine for nothing. */
function quarantineLines(report: RunReport, colors: Colors): string[] {
  const failed = report.tasks.flatMap((task) =>
    finalCases(task)
      .filter(isQuarantinedCase)
      .map((result) => ({ name: `${task.file} > ${caseName(result)}`, entry: entryFor(report, result) })),
  );
  const lines: string[] = [];
  if (failed.length > 0) lines.push("", colors.cyan(`Quarantined (${failed.length}): failed, and does not count`));
  for (const { name, entry } of failed.slice(0, failureLimit)) {
    lines.push(`  ${printableLine(name)}`);
    if (entry !== undefined) lines.push(`      ${colors.dim(printableLine(quarantineWords(entry)))}`);
  }
  if (failed.length > failureLimit) lines.push(`  … and ${failed.length - failureLimit} more in the reports`);
  const missing = missingSentences(report);
  if (missing.length > 0) lines.push("", ...missing.slice(0, failureLimit).map((text) => colors.yellow(printableLine(text))));
  if (missing.length > failureLimit) lines.push(`… and ${missing.length - failureLimit} more in the reports`);
  return lines;
}

function failureLines(task: ReportTask, notes: readonly NotedFault[], colors: Colors): string[] {
  const last = finalAttempt(task);
  const saidOf = (name: string | undefined) => notes.find((note) => note.name === name)?.changed;
  const own = saidOf(undefined);
  const about = [
    `${task.status}${last === undefined ? "" : ` on ${last.worker}`}`,
    ...(own === undefined ? [] : [own]),
    ...(task.owners === undefined ? [] : [`owned by ${task.owners.join(", ")}`]),
  ];
  const lines = [`  ${colors.red("✗")} ${colors.bold(printableLine(task.file))} ${colors.dim(printableLine(about.join(" · ")))}`];
  const why = last?.failure?.message ?? task.reason;
  const failed = finalCases(task).filter(isBadCase);
  // A file that crashed after a failure says both.
  if (why !== undefined && (failed.length === 0 || task.status !== "failed")) lines.push(...indent(why, 4));
  for (const result of failed.slice(0, failureLimit)) {
    const changed = saidOf(caseName(result));
    lines.push(
      `    ${colors.red(printableLine(caseName(result)))}${changed === undefined ? "" : colors.dim(` (${printableLine(changed)})`)}`,
    );
    if ((result.repeated?.failed ?? 0) > 0) lines.push(...indent(result.message ?? "", 6));
    lines.push(...indent(result.details ?? result.message ?? "", 6));
  }
  return lines;
}

function indent(text: string, columns: number): string[] {
  const all = text.split("\n").map((line) => `${" ".repeat(columns)}${cut(printable(line))}`.trimEnd());
  return all.length <= detailLineLimit
    ? all
    : [...all.slice(0, detailLineLimit), `${" ".repeat(columns)}… ${all.length - detailLineLimit} more lines`];
}

function cut(line: string): string {
  return line.length <= lineLength
    ? line
    : `${line.slice(0, lineLength).toWellFormed()}… ${line.length - lineLength} more characters`;
}
