import {
  type AnalyticsCost,
  type AnalyticsFailures,
  type AnalyticsFlaky,
  type AnalyticsFleet,
  type AnalyticsTests,
  type AnalyticsTime,
  formatDuration,
  plural,
} from "@shardwright/core";
import type { Colors } from "../view/text.ts";
import { columns, day, percent, shareOf } from "./columns.ts";

export function timeLines({ total, days }: AnalyticsTime, colors: Colors): string[] {
  if (total.runs === 0) return [];
  const { runs, passed, wall_ms, wait_ms, serial_ms, cases_ms, setup_ms, retry_ms, retries, saved_ms } = total;
  const machine_ms = serial_ms + retry_ms;
  const saved =
    saved_ms < 0
      ? `${formatDuration(-saved_ms)} longer than one after the other`
      : `${formatDuration(saved_ms)} saved: one after the other the tests take ${formatDuration(serial_ms)}`;
  return [
    `${plural(runs, "run")}, ${passed} of them passed; ${formatDuration(wall_ms)} from opened to ended, ${saved}`,
    `  tests ${formatDuration(cases_ms)} (${shareOf(cases_ms, machine_ms)}), loading and set-up ${formatDuration(setup_ms)} (${shareOf(setup_ms, machine_ms)}), ${plural(retries, "attempt")} that did not count ${formatDuration(retry_ms)} (${shareOf(retry_ms, machine_ms)})`,
    `  waited for the first worker: ${formatDuration(wait_ms / runs)} a run`,
    "",
    ...columns(
      ["runs", "passed", "a run took", "waited", "tests", "set-up", "retries", "saved", "day"],
      days.map((one) => [
        String(one.runs),
        shareOf(one.passed, one.runs),
        formatDuration(one.wall_ms / one.runs),
        formatDuration(one.wait_ms / one.runs),
        formatDuration(one.cases_ms),
        formatDuration(one.setup_ms),
        formatDuration(one.retry_ms),
        one.saved_ms < 0 ? `-${formatDuration(-one.saved_ms)}` : formatDuration(one.saved_ms),
        day(one.at_ms),
      ]),
      colors,
    ),
  ];
}

export function testLines({ tests, cases }: AnalyticsTests, colors: Colors): string[] {
  const files = columns(
    ["total", "a run", "set-up", "retries", "runs", "failed", "flaky", "file"],
    tests.map((one) => [
      formatDuration(one.total_ms),
      formatDuration(one.typical_ms),
      formatDuration(one.setup_ms),
      formatDuration(one.retry_ms),
      String(one.runs),
      String(one.failed),
      String(one.flaky),
      one.test,
    ]),
    colors,
  );
  const slowest = columns(
    ["typically", "of", "hardware", "case"],
    cases.map((one) => [formatDuration(one.typical_ms), String(one.points), one.hardware_class, `${one.test} > ${one.case}`]),
    colors,
    2,
  );
  return slowest.length === 0 ? files : [...files, "", ...slowest];
}

export function fleetLines({ total, days, classes }: AnalyticsFleet, colors: Colors): string[] {
  if (total.offered_ms + total.busy_ms === 0) return [];
  const head = ["used", "offered", "busy", "of this project"];
  const cells = (one: AnalyticsFleet["total"]) => [
    percent(one.utilisation),
    formatDuration(one.offered_ms),
    formatDuration(one.busy_ms),
    formatDuration(one.own_ms),
  ];
  return [
    `${percent(total.utilisation)} of ${formatDuration(total.offered_ms)} of slots were used, in ${formatDuration(3_600_000 * total.worker_hours)} of workers`,
    "",
    ...columns(
      [...head, "hardware"],
      classes.map((one) => [...cells(one), one.hardware_class]),
      colors,
    ),
    "",
    ...columns(
      [...head, "day"],
      days.map((one) => [...cells(one), day(one.at_ms)]),
      colors,
    ),
  ];
}

export function costLines({ currency, total, per_run, days, classes }: AnalyticsCost, colors: Colors): string[] {
  if (currency === null || total === undefined) return [];
  const money = (value: number) => `${value.toFixed(2)} ${currency}`;
  const head = ["used", "fleet"];
  const cells = (one: { used: number; fleet: number }) => [money(one.used), money(one.fleet)];
  const each = per_run === undefined ? "" : `, ${per_run.toFixed(4)} ${currency} a run`;
  const without = total.unpriced_hours === 0 ? [] : [`  ${total.unpriced_hours.toFixed(2)} hours of workers have no price`];
  return [
    `${money(total.used)} for this project's tests${each}; ${money(total.fleet)} for the whole fleet, used or not`,
    ...without,
    "",
    ...columns(
      [...head, "hardware"],
      classes.map((one) => [...cells(one), one.hardware_class]),
      colors,
    ),
    "",
    ...columns(
      [...head, "day"],
      days.map((one) => [...cells(one), day(one.at_ms)]),
      colors,
    ),
  ];
}

export function flakyLines({ tests }: AnalyticsFlaky, colors: Colors): string[] {
  return columns(
    ["flaky", "of runs", "retries took", "last", "file"],
    tests.map((one) => [String(one.flaky), `${one.runs}`, formatDuration(one.retry_ms), day(one.last_at_ms), one.test]),
    colors,
  );
}

export function failureLines({ weeks, clusters }: AnalyticsFailures, colors: Colors): string[] {
  // A terminal has room for so many.
  const shown = weeks.slice(-8);
  return columns(
    ["runs", "times", ...shown.map((at_ms) => day(at_ms).slice(5)), "last", "failure"],
    clusters.map((one) => [
      String(one.runs),
      String(one.cases),
      ...one.by_week.slice(-shown.length).map((runs) => (runs === 0 ? "·" : String(runs))),
      day(one.last_at_ms),
      one.title,
    ]),
    colors,
  );
}
