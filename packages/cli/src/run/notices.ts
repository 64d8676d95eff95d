import type { RunReport } from "@shardwright/core";

const countLimit = 20;
const lengthLimit = 2000;

/** A report with what came up at the end of its run, under this code; no more than people read. */
export function withNotices(report: RunReport, code: string, messages: readonly string[]): RunReport {
  if (messages.length === 0) return report;
  const at_ms = report.run.duration_ms;
  const said = messages.slice(0, countLimit).map((message) => ({ at_ms, code, message: message.slice(0, lengthLimit) }));
  return { ...report, notices: [...report.notices, ...said] };
}
