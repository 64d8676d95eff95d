import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runReportSchema, type FailureKind, type RunReport } from "@shardwright/core";
import { violationsOf } from "../verify.ts";
import type { Fault } from "./faults.ts";
import { Scene } from "./scene.ts";

export interface FaultRound {
  readonly violations: readonly string[];
  /** What the attempts that the fault struck are said to have died of. */
  readonly kinds: readonly FailureKind[];
  /** Those that are none of the kinds that the fault may be called. */
  readonly misnamed: number;
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
    const nothing = { kinds: [], misnamed: 0, repeated_ms: 0, total_ms: 0, took_ms };
    if (code === undefined) return { ...nothing, violations: [`the run did not end\n${scene.outputs()}`] };
    const report = readReport(join(scene.suite.directory, "shardwright-report", "report.json"));
    if (report === undefined) return { ...nothing, violations: [`no report, exit code ${code}\n${scene.outputs()}`] };
    const violations = violationsOf(report, scene.suite, code, fault.allows);
    const kinds = kindsOf(report, scene.suite.failing);
    const misnamed = kinds.filter((kind) => !fault.kinds.includes(kind)).length;
    return { violations, kinds, misnamed, ...workOf(report), took_ms };
  } finally {
    await scene.close();
  }
}

/** The kinds of all attempts that went wrong, but for those that were meant to. */
function kindsOf(report: RunReport, failing: ReadonlySet<string>): FailureKind[] {
  return report.tasks.flatMap(({ file, attempts }) =>
    attempts.flatMap(({ status, failure }) => {
      if (!["failed", "errored", "lost"].includes(status)) return [];
      if (failing.has(file) && status === "failed" && failure?.kind === "assertion") return [];
      return [failure?.kind ?? "runner-error"];
    }),
  );
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
