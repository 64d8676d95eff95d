import { hardwareClass, type Capabilities } from "../model/requirement.ts";
import { isEnvironmental, type Observation } from "../resilience/observation.ts";
import type { Fingerprint } from "../resilience/fingerprint.ts";
import { faultFingerprint, faultsOfAttempt, type Fault } from "./faults.ts";
import { isBad } from "./final-cases.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";

/** Failures of one run that are looked at; what fails more often says no more. */
const faultsLimit = 20_000;

export interface SeenFault {
  readonly fault: Fault;
  readonly fingerprint: Fingerprint;
}

/** The attempts of a run that came to a result, in the order in which they began, and what went wrong in each. */
export interface RunObservations {
  readonly observations: readonly Observation[];
  /** For each of these. */
  readonly faults: readonly (readonly SeenFault[])[];
  /** Place in the report of each one's task. */
  readonly tasks: readonly number[];
}

const results = new Set<ReportAttempt["status"]>(["passed", "failed", "errored"]);

export function observationsOf(report: RunReport): RunObservations {
  const preceding = precedingFiles(report);
  const capabilities = new Map(report.workers.map(({ name, capabilities }) => [name, capabilities]));
  const found: { observation: Observation; faults: SeenFault[]; task: number }[] = [];
  let left = faultsLimit;
  for (const [index, task] of report.tasks.entries()) {
    const begun = new Set<number>();
    for (const attempt of task.attempts.toSorted((a, b) => a.started_ms - b.started_ms || a.attempt - b.attempt)) {
      // What failed for want of what it left out says nothing of where it ran.
      if (!results.has(attempt.status) || attempt.recovery?.because === "resumed") continue;
      const { worker } = ranFirst(task, attempt);
      const part = attempt.part ?? 0;
      const faults = faultsOfAttempt(task, index, attempt)
        .slice(0, left)
        .map((fault) => ({ fault, fingerprint: faultFingerprint(fault) }));
      left -= faults.length;
      const began_ms = Math.round(report.run.submitted_at_ms + attempt.started_ms);
      const observation: Observation = {
        unit: unitOf(task, part),
        alike: JSON.stringify([task.suite, task.requirements]),
        suite: task.suite,
        worker,
        began_ms,
        ended_ms: Math.round(report.run.submitted_at_ms + (attempt.ended_ms ?? attempt.started_ms + attempt.duration_ms)),
        first: !begun.has(part),
        passed: attempt.status === "passed",
        failures: distinctFailures(faults),
        values: circumstancesOf({
          worker,
          capabilities: capabilities.get(worker),
          task,
          began_ms,
          preceding: preceding.get(attempt),
        }),
      };
      begun.add(part);
      found.push({ observation, faults, task: index });
    }
  }
  found.sort((a, b) => a.observation.began_ms - b.observation.began_ms || a.task - b.task);
  return {
    observations: found.map(({ observation }) => observation),
    faults: found.map(({ faults }) => faults),
    tasks: found.map(({ task }) => task),
  };
}

/** Where the failures of an attempt happened: what it took over failed in the one it resumed. */
function ranFirst({ attempts }: ReportTask, attempt: ReportAttempt): ReportAttempt {
  const { resumed, cases, part } = attempt;
  if (resumed === undefined || !cases.slice(0, resumed.cases).some(({ status }) => isBad(status))) return attempt;
  return attempts.find((other) => other.attempt === resumed.attempt && other.part === part) ?? attempt;
}

/** Names a task, or a part of one, among the observations of a run. */
function unitOf({ key }: Pick<ReportTask, "key">, part: number): string {
  return JSON.stringify([key, part]);
}

function distinctFailures(faults: readonly SeenFault[]): Observation["failures"] {
  const failures = new Map<string, boolean>();
  for (const { fault, fingerprint } of faults) {
    const known = failures.get(fingerprint.key) ?? false;
    failures.set(fingerprint.key, known || isEnvironmental(fault.kind, fault.message));
  }
  return [...failures].map(([fingerprint, environmental]) => ({ fingerprint, environmental }));
}

/** What is known of where and when an attempt ran, and of what ran. */
export interface Circumstances {
  readonly worker: string;
  /** The worker's; without them nothing is known of it. */
  readonly capabilities: Capabilities | undefined;
  readonly task: Pick<ReportTask, "requirements" | "runner" | "args">;
  /** Milliseconds since 1970; 0 when that is not known. */
  readonly began_ms: number;
  /** The file that ran before it, where that is known. */
  readonly preceding: string | undefined;
}

/** The values that the failures of an attempt may go with. */
export function circumstancesOf({ worker, capabilities, task, began_ms, preceding }: Circumstances): Observation["values"] {
  const browser = browserOf(task);
  return {
    // A report made of bare results knows no workers.
    ...(capabilities !== undefined && { worker, hardware: hardwareClass(capabilities) }),
    ...(browser !== undefined && { browser }),
    ...(began_ms > 0 && { hour: `${new Date(began_ms).toISOString().slice(11, 13)}:00` }),
    ...(preceding !== undefined && { preceding }),
  };
}

/** The browser that a test requires, or the project of Playwright that it is run in. */
function browserOf({ requirements, runner, args }: Circumstances["task"]): string | undefined {
  const required = requirements.tags?.find((tag) => tag.startsWith("browser:"))?.slice("browser:".length);
  if (required !== undefined || runner !== "playwright") return required;
  return args.find((arg) => arg.startsWith("--project="))?.slice("--project=".length);
}

/** What ran right before each attempt on its worker, where that ran one at a time. */
function precedingFiles(report: RunReport): Map<ReportAttempt, string> {
  const single = new Map<string, { attempt: ReportAttempt; file: string }[]>();
  for (const { name, slots } of report.workers) if (slots === 1) single.set(name, []);
  for (const { attempts, file } of report.tasks)
    for (const attempt of attempts) single.get(attempt.worker)?.push({ attempt, file });
  const preceding = new Map<ReportAttempt, string>();
  for (const ran of single.values()) {
    ran.sort((a, b) => a.attempt.started_ms - b.attempt.started_ms || a.attempt.attempt - b.attempt.attempt);
    for (const [place, { attempt }] of ran.entries()) {
      const before = ran[place - 1];
      if (before !== undefined) preceding.set(attempt, before.file);
    }
  }
  return preceding;
}
