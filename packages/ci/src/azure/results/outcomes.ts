import type { Fault, ReportAttempt, ReportCase } from "@shardwright/core";

export type Outcome = "Passed" | "Failed" | "Error" | "Timeout" | "Aborted" | "NotExecuted" | "Inconclusive";

/**
 * What a case came to in the end. Of all outcomes the service counts `Failed` and `Aborted` alone as failures
 * (https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/TestResults/TestDataPublisher.cs): as `Error` or
 * `Timeout` a case that makes the run red would stand among the others, and the run would seem to have no failure.
 */
export function caseOutcome({ status, quarantined }: Pick<ReportCase, "status" | "quarantined">): Outcome {
  if (status === "passed") return "Passed";
  if (status === "skipped") return "NotExecuted";
  return quarantined === undefined ? "Failed" : "Inconclusive";
}

/** What a case came to in one of several attempts, which nobody counts. */
export function attemptOutcome({ status, message = "" }: Pick<ReportCase, "status" | "message">, of: ReportAttempt): Outcome {
  if (status === "passed") return "Passed";
  if (status === "skipped") return "NotExecuted";
  if (of.failure?.kind === "test-timeout" || /\btime[d ]?-?\s?out\b/i.test(message.slice(0, 400))) return "Timeout";
  return status === "errored" ? "Error" : "Failed";
}

/** What a file came to that has a trouble of its own: a crash, no result. */
export function faultOutcome({ kind, task }: Pick<Fault, "kind" | "task">): Outcome {
  if (kind === "cancelled") return "NotExecuted";
  return task.status === "failed" && kind === "assertion" ? "Failed" : "Aborted";
}

/** What a whole attempt came to. */
export function wholeOutcome({ status, failure }: ReportAttempt): Outcome {
  switch (status) {
    case "passed":
      return "Passed";
    case "skipped":
      return "NotExecuted";
    case "failed":
      return failure?.kind === "test-timeout" ? "Timeout" : "Failed";
    case "errored":
      return "Error";
    case "running":
    case "cancelled":
    case "lost":
    case "released":
    case "superseded":
      return "Aborted";
  }
}
