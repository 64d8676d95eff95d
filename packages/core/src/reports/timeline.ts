import { z } from "zod";
import { failureKindSchema, recoverySchema } from "../model/attempt.ts";
import { incidentSchema } from "../model/incident.ts";
import { formatDuration, plural } from "./format.ts";
import { recoveryPhrase } from "./recovery-phrase.ts";
import type { ReportAttempt, ReportTask, RunReport } from "./run-report.ts";

export const timelineKinds = [
  "submitted",
  "coordinator",
  "worker",
  "breaker",
  "dealt",
  "duplicated",
  "begun",
  "passed",
  "failed",
  "lost",
  "released",
  "superseded",
  "decided",
  "notice",
  "excused",
  "ended",
] as const;

/** One thing that happened in a run. */
export const timelineEventSchema = z.object({
  /** Since the run was submitted, by the coordinator's clock. */
  at_ms: z.number().nonnegative(),
  kind: z.enum(timelineKinds),
  /** It went wrong, or it is what was done about that. */
  trouble: z.literal(true).optional(),
  /** One sentence for people. */
  text: z.string(),
  file: z.string().optional(),
  /** From 0, where the file was dealt out in parts. */
  part: z.int().nonnegative().optional(),
  attempt: z.int().positive().optional(),
  worker: z.string().optional(),
  /** Of what failed. */
  failure: failureKindSchema.optional(),
  /** Of what was decided: how far it goes, at whose cost, how long it waits. */
  recovery: recoverySchema.omit({ from_ms: true }).extend({ wait_ms: z.number().nonnegative().optional() }).optional(),
  incident: incidentSchema.optional(),
});
export type TimelineEvent = z.infer<typeof timelineEventSchema>;

/** What a timeline is made of: a report, with whether it is over, or the same without cases, logs and artifacts. */
export interface TimelineSource {
  readonly run: Pick<RunReport["run"], "duration_ms">;
  /** False while it goes on. */
  readonly isOver: boolean;
  readonly verdict: RunReport["verdict"];
  readonly reason: string;
  readonly notices: RunReport["notices"];
  readonly incidents?: RunReport["incidents"];
  readonly tasks: readonly (Pick<ReportTask, "file" | "parts"> & { readonly attempts: readonly TimelineAttempt[] })[];
}
export type TimelineAttempt = Omit<ReportAttempt, "cases" | "log" | "artifacts">;

type Draft = Omit<TimelineEvent, "at_ms">;

const troubles = new Set<TimelineEvent["kind"]>(["failed", "lost", "decided", "excused"]);
const rank = new Map(timelineKinds.map((kind, index) => [kind, index]));
const messageShown = 200;

/**
 * All that happened in a run, oldest first: what was dealt, begun and ended, how it failed, what was decided then, and what became of
 * workers, breakers and coordinators meanwhile. Of what happened in one millisecond, the cause comes before its consequences.
 */
export function timelineOf(source: TimelineSource): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  const add = (at_ms: number, draft: Draft) => {
    const isTrouble = draft.trouble === true || troubles.has(draft.kind);
    events.push({ at_ms, ...draft, ...(isTrouble && { trouble: true as const }) });
  };
  const tasks = source.tasks.length;
  add(0, { kind: "submitted", text: `submitted with ${plural(tasks, "file")}` });
  for (const task of source.tasks) for (const attempt of task.attempts) addAttempt(task, attempt, add);
  for (const { at_ms, ...incident } of source.incidents ?? [])
    add(at_ms, {
      kind: kindOf(incident),
      text: incidentText(incident),
      ...(isBad(incident) && { trouble: true as const }),
      incident,
      ...(incident.of === "worker" && { worker: incident.name }),
    });
  for (const { at_ms, code, message } of source.notices)
    add(at_ms, { kind: "notice", text: message, ...(code !== "reopened" && { trouble: true as const }) });
  if (source.isOver) add(source.run.duration_ms, { kind: "ended", text: `${source.verdict}: ${source.reason}` });
  const place = (event: TimelineEvent) => rank.get(event.kind) ?? 0;
  return events.sort((a, b) => a.at_ms - b.at_ms || place(a) - place(b));
}

/** What went wrong and what was done about it, between the run's beginning and its end. */
export function troubleOf(events: readonly TimelineEvent[]): TimelineEvent[] {
  return events.filter(({ kind, trouble }) => trouble === true || kind === "submitted" || kind === "ended");
}

/**
 * What was done, or happened to the machinery, besides the failures themselves and what notices say: what a report tells of recovery. A
 * failure that is the test's own and final is told elsewhere.
 */
export function handledOf(events: readonly TimelineEvent[]): TimelineEvent[] {
  return events.filter(({ kind, trouble, recovery }) => {
    if (kind === "duplicated" || kind === "lost") return true;
    if (kind === "decided") return recovery?.action !== "give-up" || recovery.because !== "retries";
    return trouble === true && kind !== "failed" && kind !== "notice";
  });
}

function addAttempt(
  task: TimelineSource["tasks"][number],
  attempt: TimelineAttempt,
  add: (at_ms: number, draft: Draft) => void,
): void {
  const { worker, part, duplicate, status, started_ms, ended_ms, failure, recovery, duration_ms } = attempt;
  const of = { file: task.file, attempt: attempt.attempt, worker, ...(part !== undefined && { part }) };
  const dealt_ms = attempt.dealt_ms ?? started_ms;
  if (duplicate === true)
    add(dealt_ms, {
      ...of,
      kind: "duplicated",
      text: `${nameOf(task, attempt)} begun once more, on ${worker}, to be done sooner`,
    });
  else add(dealt_ms, { ...of, kind: "dealt", text: `${nameOf(task, attempt)} dealt to ${worker}` });
  // What was handed back or taken away may never have begun.
  if (status !== "released" || duration_ms > 0)
    add(started_ms, { ...of, kind: "begun", text: `${nameOf(task, attempt)} begun on ${worker}` });
  if (ended_ms === undefined || status === "running") return;
  const why = failure === undefined ? "" : `: ${(failure.message.split("\n")[0] ?? "").slice(0, messageShown)}`;
  const kind = endKinds[status];
  add(ended_ms, {
    ...of,
    kind,
    text: `${nameOf(task, attempt)} ${endWords[status]} on ${worker}${failure === undefined ? "" : ` (${failure.kind})`}${why}`,
    ...(failure !== undefined && { failure: failure.kind }),
  });
  if (recovery === undefined) return;
  const wait = recovery.wait_ms === undefined || recovery.wait_ms === 0 ? "" : `, after ${formatDuration(recovery.wait_ms)}`;
  const charge = recovery.charged !== "test" ? ", at no test's expense" : "";
  add(ended_ms, {
    ...of,
    kind: "decided",
    text: `${nameOf(task)} ${recoveryPhrase(recovery)}${wait} (level ${recovery.level}${charge})`,
    recovery,
  });
}

const endKinds = {
  passed: "passed",
  skipped: "passed",
  failed: "failed",
  errored: "failed",
  cancelled: "released",
  lost: "lost",
  released: "released",
  superseded: "superseded",
} as const satisfies Record<Exclude<TimelineAttempt["status"], "running">, TimelineEvent["kind"]>;

const endWords = {
  passed: "passed",
  skipped: "was skipped",
  failed: "failed",
  errored: "could not be run",
  cancelled: "was cancelled",
  lost: "was lost",
  released: "was handed back",
  superseded: "was no longer needed",
} as const satisfies Record<Exclude<TimelineAttempt["status"], "running">, string>;

function nameOf({ file, parts }: Pick<ReportTask, "file" | "parts">, attempt?: TimelineAttempt): string {
  const part = parts === undefined || attempt?.part === undefined ? "" : ` part ${attempt.part + 1} of ${parts}`;
  const again = attempt === undefined || attempt.attempt === 1 ? "" : ` (attempt ${attempt.attempt})`;
  return `${file}${part}${again}`;
}

function kindOf({ of }: Pick<z.infer<typeof incidentSchema>, "of">): TimelineEvent["kind"] {
  return of === "run" ? "excused" : of;
}

function isBad({ of, what }: z.infer<typeof incidentSchema>): boolean {
  return of !== "worker" || (what !== "left" && what !== "well");
}

/** An incident as a sentence: `worker gpu-3 is quarantined for at least 5 min`. */
export function incidentText(incident: z.infer<typeof incidentSchema>): string {
  const { of, what, name, scope, reason, for_ms } = incident;
  const why = reason === undefined || reason === "" ? "" : `: ${reason}`;
  if (of === "run")
    return `${plural(Number(name), "test")} failed only with the infrastructure, and ${name === "1" ? "is" : "are"} not called flaky`;
  if (of === "coordinator") return `the coordinator ${name} began to lead${followed(incident)}`;
  if (of === "worker") return `worker ${name} ${workerWords[what] ?? what}${why}`;
  const guarded = scope === "class" ? `hardware ${name}` : `${scope ?? "worker"} ${name}`;
  const duration = for_ms === undefined ? "" : ` for at least ${formatDuration(for_ms)}`;
  if (what === "opened") return `${guarded} is quarantined${duration}: its circuit breaker opened`;
  return `${guarded} ${what === "closed" ? "is trusted again: its circuit breaker closed" : "is on probation: its circuit breaker lets one test through"}`;
}

const workerWords: Readonly<Partial<Record<z.infer<typeof incidentSchema>["what"], string>>> = {
  lost: "was lost",
  left: "left",
  draining: "takes no more tests",
  unwell: "is not well and gets no new tests",
  probation: "is on probation, one test at a time",
  well: "is well again",
};

type Led = Pick<z.infer<typeof incidentSchema>, "after" | "because">;

function followed({ after, because }: Led): string {
  if (after === undefined) return "";
  if (because === undefined || because === "start") return `, after ${after}`;
  return `, after ${after}, which ${because === "process-gone" ? "was " : ""}${leaderWords[because]}`;
}

const leaderWords: Readonly<Record<Exclude<NonNullable<Led["because"]>, "start">, string>> = {
  "process-gone": "gone",
  silence: "fell silent",
  handover: "handed over",
  "no-quorum": "lost its majority",
};

/** A worker, breaker or coordinator in a few words, for a picture: `gpu-3 lost`, `north gone, south leads`. */
export function incidentLabel(incident: z.infer<typeof incidentSchema>): string {
  const { of, what, name, after, because } = incident;
  if (of === "worker") return `${name} ${workerLabels[what] ?? what}`;
  if (of === "breaker")
    return `${name} ${what === "opened" ? "quarantined" : what === "closed" ? "trusted again" : "on probation"}`;
  if (of === "run") return "excused";
  const leads = `${shortName(name)} leads`;
  if (after === undefined || because === undefined || because === "start") return leads;
  return `${shortName(after)} ${leaderWords[because]}, ${leads}`;
}

/** A coordinator's name without the part that no other has had. */
const shortName = (coordinator: string) => coordinator.replace(/\.[0-9a-f]{8}$/, "");

const workerLabels: Readonly<Partial<Record<z.infer<typeof incidentSchema>["what"], string>>> = {
  draining: "drains",
  probation: "on probation",
  well: "well again",
};
