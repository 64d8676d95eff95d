import { isEnvironmental } from "../resilience/observation.ts";
import { faultFingerprint, faultsOfAttempt } from "./faults.ts";
import { describeFault, type FailureGroup } from "./groups.ts";
import type { ReportAttempt } from "./run-report.ts";

/** One way in which an attempt failed. */
export interface AttemptFailure extends Pick<FailureGroup, "title" | "kind" | "frame"> {
  readonly fingerprint: string;
  /** How many of its tests failed so; 1 for the attempt as a whole. */
  readonly cases: number;
  /** It points at the machine, the network or a service rather than at the code. */
  readonly environmental: boolean;
}

/**
 * What went wrong in one attempt, one of each fingerprint, in the order of its cases.
 * @param file the task's
 * @param attempt its cases may be those alone that failed
 */
export function failuresOfAttempt(
  file: string,
  { status, failure, cases }: Pick<ReportAttempt, "status" | "failure" | "cases">,
): AttemptFailure[] {
  const attempt = { attempt: 1, worker: "", status, started_ms: 0, duration_ms: 0, cases, ...(failure && { failure }) };
  const task = { key: file, suite: "", runner: "", file, args: [], requirements: {}, status: "failed" as const, flaky: false };
  const found = new Map<string, AttemptFailure>();
  for (const fault of faultsOfAttempt({ ...task, attempts: [attempt] }, 0, attempt)) {
    const { key } = faultFingerprint(fault);
    const known = found.get(key);
    const environmental = isEnvironmental(fault.kind, fault.message);
    if (known === undefined) found.set(key, { fingerprint: key, ...describeFault(fault), cases: 1, environmental });
    else found.set(key, { ...known, cases: known.cases + 1, environmental: known.environmental || environmental });
  }
  return [...found.values()];
}
