import { caseName } from "../model/case.ts";
import { artifactHref, placedArtifacts } from "./artifacts.ts";
import { countTries, failedBefore, finalCases, finalDuration, isFlakyCase, isQuarantinedCase } from "./final-cases.ts";
import { formatCount } from "../model/count.ts";
import { formatBytes, formatDuration, formatInstant, plural } from "./format.ts";
import { codeSpan, escapeMarkdown } from "./markdown-escape.ts";
import { entryFor, missingSentences } from "./quarantine.ts";
import type { ReportTask, RunReport } from "./run-report.ts";
import { handledOf, timelineOf } from "./timeline.ts";

const rowsShown = 20;
const slowestShown = 10;
const noticesShown = 20;
const artifactsShown = 100;
const handledShown = 30;

/** "1 min 42 s on 8 slots, 1.12 × the ideal 1 min 31 s; 12 min 04 s of tests." */
export function costLine({ cost }: RunReport): string {
  const tests = `${formatDuration(cost.test_time_ms)} of tests`;
  if (cost.slots === 0 || cost.ideal_ms === 0) return `${formatDuration(cost.makespan_ms)}; ${tests}.`;
  const ratio = (cost.makespan_ms / cost.ideal_ms).toFixed(2);
  return `${formatDuration(cost.makespan_ms)} on ${plural(cost.slots, "slot")}, ${ratio} × the ideal ${formatDuration(cost.ideal_ms)}; ${tests}.`;
}

export function noticesSection(report: RunReport): string {
  if (report.notices.length === 0) return "";
  const lines = report.notices
    .slice(0, noticesShown)
    .map((notice) => `- at ${formatDuration(notice.at_ms)}: ${escapeMarkdown(notice.message.slice(0, 1000))}`);
  return `\n### Along the way\n\n${withRest(lines, report.notices.length, "- … and # more notices")}\n`;
}

/** What was done about what went wrong, as it happened. Where nothing was, nothing is said. */
export function recoverySection(report: RunReport): string {
  const handled = handledOf(timelineOf({ ...report, isOver: true }));
  if (handled.length === 0) return "";
  const lines = handled
    .slice(0, handledShown)
    .map(({ at_ms, text }) => `- at ${formatDuration(at_ms)}: ${escapeMarkdown(text.slice(0, 400))}`);
  return `\n### What was done about what went wrong\n\n${withRest(lines, handled.length, "- … and # more")}\n`;
}

/** What lies beside the report, a line a file. */
export function artifactsSection(report: RunReport): string {
  const lines = report.tasks.flatMap((task) =>
    placedArtifacts(task).map(({ name, path, bytes, shared }) => {
      const about = shared === true ? `${formatBytes(bytes)}, may be another test's` : formatBytes(bytes);
      return `- ${codeSpan(task.file)}: [${escapeMarkdown(name)}](${artifactHref(path)}) (${about})`;
    }),
  );
  if (lines.length === 0) return "";
  return details("Artifacts", withRest(lines.slice(0, artifactsShown), lines.length, "- … and # more"));
}

/** Files of which one attempt ran what another had left. */
export function resumedSection(report: RunReport): string {
  const rows = report.tasks.flatMap((task) =>
    task.attempts.flatMap(({ attempt, worker, resumed, cases }) =>
      resumed === undefined || resumed.cases === 0
        ? []
        : [
            `| ${codeSpan(task.file)} | ${attempt}, on ${codeSpan(worker)} | ${formatCount(resumed.cases)} of ${formatCount(cases.length)} cases from attempt ${resumed.attempt} |`,
          ],
    ),
  );
  if (rows.length === 0) return "";
  const table = `| file | attempt | took over |\n| --- | --- | --- |\n${withRest(rows.slice(0, rowsShown), rows.length, "| … and # more | | |")}`;
  return details("Resumed where another worker had stopped", table);
}

/** What failed and does not count, and what is in quarantine for nothing. */
export function quarantineSection(report: RunReport): string {
  const rows = report.tasks.flatMap((task) =>
    finalCases(task)
      .filter(isQuarantinedCase)
      .map((result) => {
        const entry = entryFor(report, result);
        const until = entry?.expires_at_ms === undefined ? "this run" : formatInstant(entry.expires_at_ms).slice(0, 10);
        const owner = entry?.owner === undefined ? "by rule" : escapeMarkdown(entry.owner);
        return `| ${codeSpan(caseName(result))} | ${codeSpan(task.file)} | ${owner} | ${until} | ${escapeMarkdown(entry?.reason ?? "")} |`;
      }),
  );
  const missing = missingSentences(report).map((sentence) => `- ${escapeMarkdown(sentence)}`);
  if (rows.length === 0 && missing.length === 0) return "";
  const table =
    rows.length === 0
      ? ""
      : `\n| test | file | owner | until | why |\n| --- | --- | --- | --- | --- |\n${withRest(rows.slice(0, rowsShown), rows.length, "| … and # more | | | | |")}\n`;
  const list = missing.length === 0 ? "" : `\n${withRest(missing.slice(0, rowsShown), missing.length, "- … and # more")}\n`;
  return `\n### In quarantine: failed, and does not count\n${table}${list}`;
}

export function flakySection(report: RunReport): string {
  const rows = report.tasks.filter((task) => task.flaky).flatMap((task) => flakyRows(task));
  if (rows.length === 0) return "";
  const lines = rows.slice(0, rowsShown);
  return `\n### Flaky: passed only when tried again\n\n| test | file | attempts |\n| --- | --- | ---: |\n${withRest(lines, rows.length, "| … and # more | | |")}\n`;
}

export function slowestSection(report: RunReport): string {
  const timed = report.tasks
    .map((task) => ({ task, duration_ms: finalDuration(task) }))
    .filter(({ duration_ms }) => duration_ms > 0)
    .sort((a, b) => b.duration_ms - a.duration_ms)
    .slice(0, slowestShown);
  if (timed.length === 0) return "";
  const lines = timed.map(
    ({ task, duration_ms }) => `| ${codeSpan(task.file)} | ${formatDuration(duration_ms)} | ${task.status} |`,
  );
  return details("Slowest tasks", `| file | duration | status |\n| --- | ---: | --- |\n${lines.join("\n")}`);
}

export function workersSection(report: RunReport): string {
  if (report.workers.length === 0) return "";
  const used = new Map<string, { attempts: number; busy_ms: number }>();
  for (const attempt of report.tasks.flatMap((task) => task.attempts)) {
    const sums = used.get(attempt.worker) ?? { attempts: 0, busy_ms: 0 };
    used.set(attempt.worker, { attempts: sums.attempts + 1, busy_ms: sums.busy_ms + attempt.duration_ms });
  }
  const lines = report.workers.slice(0, rowsShown).map((worker) => {
    const { attempts, busy_ms } = used.get(worker.name) ?? { attempts: 0, busy_ms: 0 };
    const state = worker.reason === undefined ? worker.status : `${worker.status}: ${escapeMarkdown(worker.reason)}`;
    return `| ${codeSpan(worker.name)} | ${formatCount(attempts)} | ${formatDuration(busy_ms)} | ${worker.slots} | ${state} |`;
  });
  const table = `| worker | attempts | busy | slots | state |\n| --- | ---: | ---: | ---: | --- |\n${withRest(lines, report.workers.length, "| … and # more | | | | |")}`;
  return details("Workers", table);
}

function flakyRows(task: ReportTask): string[] {
  const before = failedBefore(task);
  const cases = finalCases(task).filter((result) => isFlakyCase(result, before));
  const tried = (retries: number) => formatCount(Math.max(countTries(task), retries + 1));
  if (cases.length === 0) return [`| | ${codeSpan(task.file)} | ${tried(0)} |`];
  return cases.map((result) => `| ${codeSpan(caseName(result))} | ${codeSpan(task.file)} | ${tried(result.retries)} |`);
}

function details(summary: string, body: string): string {
  return `\n<details><summary>${summary}</summary>\n\n${body}\n\n</details>\n`;
}

function withRest(lines: readonly string[], total: number, rest: string): string {
  const hidden = total - lines.length;
  return [...lines, ...(hidden > 0 ? [rest.replace("#", formatCount(hidden))] : [])].join("\n");
}
