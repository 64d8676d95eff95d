import type { Client } from "@shardwright/client";
import {
  isCovered,
  type JudgementRequest,
  judgementVerdictSchema,
  reasonOf,
  type RunReport,
  ShardwrightError,
  type Suite,
} from "@shardwright/core";
import { printableLine } from "../view/text.ts";

/** How long a job that was told to stop takes to say that it did. */
const stopping_ms = 3000;

/** What a run's tests came to by themselves, whatever was said of their coverage so far: by another job, or by this one when it ran before. */
export function ofTests({ tests_reason, ...report }: RunReport): RunReport {
  return tests_reason === undefined ? report : { ...report, verdict: "passed", reason: tests_reason };
}

export interface Telling {
  readonly run: string;
  /** Of the manifest. */
  readonly suites: readonly Suite[];
  /** As its tests ended, and with its coverage. */
  readonly tests: RunReport;
  readonly joined: RunReport;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Tells the coordinator what the coverage of a run whose tests have passed comes to. Whatever becomes of that, the job's own verdict stays.
 * @returns whether the coordinator's verdict of the run is by its coverage now; one that knows no such verdicts says nothing
 */
export async function tellJudgement(
  client: Pick<Client, "judgeRun">,
  { run, suites, tests, joined, say, signal }: Telling,
): Promise<boolean> {
  if (tests.verdict !== "passed" || !suites.some(isCovered)) return false;
  const patience = signal.aborted ? { signal: AbortSignal.timeout(stopping_ms), timeout_ms: stopping_ms } : {};
  try {
    return (await client.judgeRun(run, judgementOf(joined), patience)).judged;
  } catch (error) {
    if (error instanceof ShardwrightError && error.code === "not-found") return false;
    say(`The coordinator could not be told what the coverage comes to: ${printableLine(reasonOf(error))}`);
    return false;
  }
}

/** A job that was stopped does not know; that is no reason to take its run for cancelled, whose tests have all run. */
function judgementOf({ verdict, reason }: RunReport): JudgementRequest {
  return { verdict: judgementVerdictSchema.safeParse(verdict).data ?? "errored", reason: reason.slice(0, 1024) };
}
