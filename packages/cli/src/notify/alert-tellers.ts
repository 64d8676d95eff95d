import { setTimeout as wait } from "node:timers/promises";
import { politeFetch } from "@shardwright/ci";
import { type CaseResult, type RunReport, type TrendAlert, reportFromCases } from "@shardwright/core";
import type { AlertTeller } from "@shardwright/server";
import { alertTitle, seriesLine } from "../trends/alert-lines.ts";
import { printableLine } from "../view/text.ts";
import type { Notification } from "./notification.ts";
import { openNotifier } from "./notify-all.ts";
import { shownTarget } from "./target.ts";

interface TellerSettings {
  readonly notify?: readonly string[] | undefined;
  readonly notifySecret?: string | undefined;
  readonly smtpPassword?: string | undefined;
}

/** What tells of alerts as of runs: at the same targets, in the same words. */
export function alertTellers({ notify = [], notifySecret, smtpPassword }: TellerSettings): AlertTeller[] {
  const now_ms = () => Date.now();
  return notify.map((target): AlertTeller => {
    const open = (signal: AbortSignal) =>
      openNotifier(target, {
        fetch: politeFetch({
          politeness: { timeout_ms: 10_000, attempts: 4, total_ms: 30_000, answer_bytes: 65_536 },
          signal,
          now_ms,
          wait: (ms, stopped) => wait(ms, undefined, { signal: stopped }),
          random: Math.random,
        }),
        secret: notifySecret,
        smtpPassword,
        now_ms,
      });
    return {
      name: open(AbortSignal.abort()).name,
      target: shownTarget(target),
      tell: (alert, of, signal) => open(signal).send(alertNotification(alert, of), signal),
    };
  });
}

/** What people are told of an alert: its series stand where failing tests stand of a run. */
export function alertNotification(alert: TrendAlert, of: "opening" | "recovery"): Notification {
  const isOver = of === "recovery";
  const over = alert.ended_by === "unmeasured" ? "closed: " : "fixed: ";
  const title = `${isOver ? over : ""}${printableLine(alert.project)}: ${alertTitle(alert)}`;
  const failing = isOver
    ? []
    : alert.series.map((series) => ({
        name: printableLine(series.case === "" ? series.test : series.case),
        file: printableLine(series.test),
        message: seriesLine(series),
        isNew: true,
      }));
  const lines = isOver ? [endLine(alert)] : alert.series.map(seriesLine);
  const unnamed = isOver ? 0 : alert.series_count - failing.length;
  return {
    title,
    text: [...lines, ...(unnamed > 0 ? [`and ${unnamed} more`] : [])].join("\n"),
    change: isOver ? "fixed" : "broke",
    failing,
    unnamed,
    report: { ...reportOf(alert, isOver), reason: alertTitle(alert) },
    alert,
  };
}

function endLine({ ended_by = "recovered" }: TrendAlert): string {
  return {
    recovered: "All of its series are back at where they had been.",
    faded: "With more points its series show no change any more.",
    unmeasured: "Its series are not measured any more, so that nothing can be said of them: were its tests deleted, or renamed?",
  }[ended_by];
}

/** For what of a message is said of each run: where it was, and whether it is good. */
function reportOf({ project, branch, commits, series }: TrendAlert, isOver: boolean): RunReport {
  const cases = series.map((each): CaseResult => ({
    path: [each.case === "" ? each.test : each.case],
    ordinal: 0,
    status: isOver ? "passed" : "failed",
    duration_ms: 0,
    retries: 0,
  }));
  const commit = commits.at(-1);
  const context = { branch, ...(commit !== undefined && { commit }) };
  const report = reportFromCases({ name: "trends", files: [{ file: "trends", cases }], context });
  return { ...report, run: { ...report.run, project } };
}
