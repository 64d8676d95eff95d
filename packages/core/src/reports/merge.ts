import { ShardwrightError } from "../errors/shardwright-error.ts";
import { accountFor, accountSentence, addsUp, verdictFor, type Account } from "../model/account.ts";
import type { RunContext, Verdict } from "../model/run.ts";
import { countCases, finalAttempts } from "./final-cases.ts";
import { reasonFor } from "./from-cases.ts";
import { plural } from "./format.ts";
import { mergeTasks } from "./merge-tasks.ts";
import { missingShares, requireOnePlan } from "./shares.ts";
import {
  quarantineStates,
  reportVersion,
  type ReportQuarantine,
  type ReportSuite,
  type ReportTask,
  type ReportWorker,
  type RunReport,
} from "./run-report.ts";

const severity: readonly Verdict[] = ["passed", "failed", "errored", "incomplete", "cancelled"];

/**
 * One report out of the reports of a suite's shards. Times count from the earliest submission. A task that several reports hold
 * keeps all its attempts; the later final result wins, and a notice says so. The verdict is never better than the worst of them, and
 * incomplete where a share of a plan is missing.
 * @param names what errors call the reports; the keys of their runs when absent
 * @throws ShardwrightError `usage` when there is nothing to merge, `shares-differ`
 */
export function mergeReports(reports: readonly RunReport[], names?: readonly string[]): RunReport {
  const [first] = reports;
  if (first === undefined) {
    throw new ShardwrightError("usage", { problem: "There is no report to merge.", remedy: "Name at least one report.json." });
  }
  requireOnePlan(reports, names);
  const missing = missingShares(reports);
  if (reports.length === 1 && missing === undefined) return first;
  const start_ms = reports.reduce((least, report) => Math.min(least, report.run.submitted_at_ms), first.run.submitted_at_ms);
  const shards = distinctWorkers(reports)
    .map((report) => shiftTimes(report, report.run.submitted_at_ms - start_ms))
    .sort((a, b) => a.run.submitted_at_ms - b.run.submitted_at_ms);
  const { tasks, notices } = mergeTasks(shards);
  const account = accountFor(tasks);
  const doubts = shards.flatMap((shard) => doubtsAbout(shard));
  const cost = mergeCost(shards, tasks);
  return {
    version: reportVersion,
    run: {
      id: common(shards.map((shard) => shard.run.id)) ?? `${plural(shards.length, "report")} merged`,
      key:
        common(shards.map((shard) => shard.run.key)) ??
        shards
          .map((shard) => shard.run.key)
          .join(" + ")
          .slice(0, 256),
      project: common(shards.map((shard) => shard.run.project)) ?? first.run.project,
      manifest_hash: common(shards.map((shard) => shard.run.manifest_hash)) ?? "",
      context: commonContext(shards),
      submitted_at_ms: start_ms,
      duration_ms: cost.makespan_ms,
    },
    ...mergeVerdict(shards, account, doubts.length > 0, missing),
    account,
    cases: countCases(tasks),
    cost,
    ...mergedQuarantine(shards),
    ...(shards.some(({ incidents }) => incidents !== undefined) && {
      incidents: shards.flatMap(({ incidents = [] }) => incidents).sort((a, b) => a.at_ms - b.at_ms),
    }),
    notices: [
      ...shards.flatMap((shard) => shard.notices),
      ...[...doubts, ...notices, ...(missing === undefined ? [] : [{ code: "missing-share", message: missing }])].map(
        (notice) => ({ at_ms: cost.makespan_ms, ...notice }),
      ),
    ].sort((a, b) => a.at_ms - b.at_ms),
    ...mergedSuites(shards, missing === undefined),
    tasks,
    workers: shards.flatMap((shard) => shard.workers),
  };
}

/** Each suite once. Shares of one plan that are all there are what was selected before they were cut. */
function mergedSuites(shards: readonly RunReport[], areAll: boolean): Pick<RunReport, "suites"> {
  const named = Map.groupBy(
    shards.flatMap(({ suites = [] }) => suites),
    ({ name }) => name,
  );
  const isPlan = areAll && shards.every(({ run }) => run.share !== undefined);
  const merged = [...named.values()].flatMap(([first, ...others]): ReportSuite[] => {
    if (first === undefined) return [];
    const { selection, ...suite } = first;
    if (others.every((other) => other.selection === selection) && !isPlan) return [first];
    return [isPlan ? suite : { ...suite, selection: "several" }];
  });
  return merged.length === 0 ? {} : { suites: merged };
}

/** A test that is missing in one of them may well have run in another. */
function mergedQuarantine(shards: readonly RunReport[]): Pick<RunReport, "quarantine"> {
  const entries = new Map<string, ReportQuarantine>();
  for (const entry of shards.flatMap(({ quarantine = [] }) => quarantine)) {
    const known = entries.get(entry.test);
    if (known === undefined || rank(entry) < rank(known)) entries.set(entry.test, entry);
  }
  return entries.size === 0 ? {} : { quarantine: [...entries.values()] };
}

function rank({ state }: ReportQuarantine): number {
  return quarantineStates.indexOf(state);
}

function mergeVerdict(
  shards: readonly RunReport[],
  account: Account,
  doubtful: boolean,
  missing: string | undefined,
): { readonly verdict: Verdict; readonly reason: string } {
  const own = doubtful ? "errored" : verdictFor(account, { cancelled: false, allowEmpty: true });
  const worst = shards.reduce<Verdict>((verdict, shard) => worse(verdict, shard.verdict), own);
  if (missing !== undefined && worse("incomplete", worst) === "incomplete") return { verdict: "incomplete", reason: missing };
  if (worst === own) return { verdict: own, reason: doubtful ? "A merged report does not add up." : reasonFor(own, account) };
  const culprit = shards.find((shard) => shard.verdict === worst);
  return {
    verdict: worst,
    reason: `${culprit?.run.key ?? "A merged report"} ended as ${worst}: ${culprit?.reason ?? ""}`.trim(),
  };
}

function worse(a: Verdict, b: Verdict): Verdict {
  return severity.indexOf(a) >= severity.indexOf(b) ? a : b;
}

/** An account that does not match its own tasks cannot vouch for a merged one. */
function doubtsAbout(shard: RunReport): { readonly code: string; readonly message: string }[] {
  const counted = accountFor(shard.tasks);
  if (addsUp(shard.account) && accountSentence(counted) === accountSentence(shard.account)) return [];
  const message = `${shard.run.key} says “${accountSentence(shard.account)}”, but holds ${accountSentence(counted)}.`;
  return [{ code: "account-mismatch", message }];
}

function mergeCost(shards: readonly RunReport[], tasks: readonly ReportTask[]): RunReport["cost"] {
  const slots = shards.reduce((sum, shard) => sum + shard.cost.slots, 0);
  const test_time_ms = shards.reduce((sum, shard) => sum + shard.cost.test_time_ms, 0);
  const longest_ms = tasks.reduce(
    (most, task) => Math.max(most, ...finalAttempts(task).map(({ duration_ms }) => duration_ms)),
    0,
  );
  return {
    makespan_ms: endOf(shards),
    ideal_ms: slots === 0 ? longest_ms : Math.max(longest_ms, test_time_ms / slots),
    test_time_ms,
    slots,
  };
}

function endOf(shards: readonly RunReport[]): number {
  const start_ms = shards[0]?.run.submitted_at_ms ?? 0;
  return shards.reduce((end, shard) => Math.max(end, shard.run.submitted_at_ms - start_ms + shard.run.duration_ms), 0);
}

/** Shards on different machines like to call their workers the same: from the second on, the name says which report it is from. */
function distinctWorkers(reports: readonly RunReport[]): RunReport[] {
  const taken = new Set<string>();
  return reports.map((report, index) => {
    const names = new Map<string, string>();
    for (const { name } of report.workers) names.set(name, taken.has(name) ? `${name} (report ${index + 1})` : name);
    for (const name of names.values()) taken.add(name);
    const rename = (name: string) => names.get(name) ?? name;
    const workers = report.workers.map((worker): ReportWorker => ({ ...worker, name: rename(worker.name) }));
    const tasks = report.tasks.map((task) => ({
      ...task,
      attempts: task.attempts.map((attempt) => ({ ...attempt, worker: rename(attempt.worker) })),
    }));
    return { ...report, workers, tasks };
  });
}

function shiftTimes(report: RunReport, by_ms: number): RunReport {
  if (by_ms === 0) return report;
  const tasks = report.tasks.map((task) => ({
    ...task,
    attempts: task.attempts.map((attempt) => ({
      ...attempt,
      ...(attempt.dealt_ms !== undefined && { dealt_ms: attempt.dealt_ms + by_ms }),
      started_ms: attempt.started_ms + by_ms,
      ended_ms: attempt.ended_ms === undefined ? undefined : attempt.ended_ms + by_ms,
    })),
  }));
  const shifted = <T extends { at_ms: number }>(one: T): T => ({ ...one, at_ms: one.at_ms + by_ms });
  const incidents = report.incidents === undefined ? {} : { incidents: report.incidents.map(shifted) };
  return { ...report, tasks, notices: report.notices.map(shifted), ...incidents };
}

function commonContext(shards: readonly RunReport[]): RunContext {
  const [first] = shards;
  const entries = Object.entries(first?.run.context ?? {});
  return Object.fromEntries(
    entries.filter(([field, value]) =>
      shards.every((shard) => Object.entries(shard.run.context).some(([f, v]) => f === field && v === value)),
    ),
  );
}

function common(values: readonly string[]): string | undefined {
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}
