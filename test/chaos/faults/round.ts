import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runReportSchema, type Failure, type FailureKind, type ReportAttempt, type RunReport } from "@shardwright/core";
import { violationsOf } from "../verify.ts";
import type { Fault } from "./faults.ts";
import { Scene } from "./scene.ts";

export interface FaultRound {
  readonly violations: readonly string[];
  /** What the attempts that the fault struck are said to have died of. */
  readonly kinds: readonly FailureKind[];
  /** Those that are none of the kinds that the fault may be called. */
  readonly misnamed: number;
  /** Of each of them: from the moment it was struck until its file was run again. */
  readonly recoveries_ms: readonly number[];
  /** What was run for nothing, and all that was run, in milliseconds. */
  readonly repeated_ms: number;
  readonly total_ms: number;
  readonly took_ms: number;
}

const roundLimit_ms = 110_000;

/** One run that a fault strikes: it has to end, with the results that are known beforehand, and to say what happened. */
export async function faultRound(fault: Fault, seed: number): Promise<FaultRound> {
  const scene = await Scene.open(fault, seed);
  try {
    const began_ms = performance.now();
    const run = scene.startRun();
    const striking = fault.strike(scene);
    const limit = new AbortController();
    const code = await Promise.race([run.exited, delay(roundLimit_ms, undefined, { signal: limit.signal })]);
    limit.abort();
    scene.end();
    await striking;
    const took_ms = performance.now() - began_ms;
    const nothing = { kinds: [], misnamed: 0, recoveries_ms: [], repeated_ms: 0, total_ms: 0, took_ms };
    if (code === undefined) return { ...nothing, violations: [`the run did not end\n${scene.outputs()}`] };
    const report = readReport(join(scene.suite.directory, "shardwright-report", "report.json"));
    if (report === undefined) return { ...nothing, violations: [`no report, exit code ${code}\n${scene.outputs()}`] };
    const violations = violationsOf(report, scene.suite, code, fault.allows);
    const struck = struckIn(report, scene.suite.failing);
    const kinds = struck.map(({ failure }) => failure.kind);
    const isNamed = ({ kind, message }: Failure) => fault.kinds.includes(kind) && (fault.says?.test(message) ?? true);
    const misnamed = struck.filter(({ failure }) => !isNamed(failure)).length;
    const strikes_ms = scene.strikes_ms.map((at_ms) => at_ms - report.run.submitted_at_ms);
    const recoveries_ms = struck.flatMap((attempt) => recovery_ms(attempt, strikes_ms) ?? []);
    return { violations, kinds, misnamed, recoveries_ms, ...workOf(report), took_ms };
  } finally {
    await scene.close();
  }
}

interface Struck {
  readonly attempt: ReportAttempt;
  readonly failure: Failure;
  /** The one that was run next of the same file. */
  readonly next: ReportAttempt | undefined;
}

/** All attempts that went wrong, but for those that were meant to. */
function struckIn(report: RunReport, failing: ReadonlySet<string>): Struck[] {
  return report.tasks.flatMap(({ file, attempts }) =>
    attempts.flatMap((attempt, index): Struck[] => {
      const { status, failure = { kind: "runner-error", message: "" } } = attempt;
      if (!["failed", "errored", "lost"].includes(status)) return [];
      if (failing.has(file) && status === "failed" && failure.kind === "assertion") return [];
      return [{ attempt, failure, next: attempts[index + 1] }];
    }),
  );
}

/** Where nobody struck from outside, it was struck when it ended. */
function recovery_ms({ attempt, next }: Struck, strikes_ms: readonly number[]): number | undefined {
  const { started_ms, ended_ms } = attempt;
  if (next === undefined || ended_ms === undefined) return undefined;
  const strike_ms = strikes_ms.findLast((at_ms) => at_ms >= started_ms && at_ms <= ended_ms) ?? ended_ms;
  return Math.max(0, next.started_ms - strike_ms);
}

function workOf({ tasks }: RunReport): { repeated_ms: number; total_ms: number } {
  let [repeated_ms, total_ms] = [0, 0];
  for (const { attempts, status } of tasks)
    attempts.forEach(({ duration_ms }, index) => {
      total_ms += duration_ms;
      // Tries of a file that fails are no loss: each of them was asked for.
      if (index < attempts.length - 1 && status !== "failed") repeated_ms += duration_ms;
    });
  return { repeated_ms, total_ms };
}

function readReport(path: string): RunReport | undefined {
  try {
    return runReportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
