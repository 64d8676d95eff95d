import type { CaseStatus, Fact, RunEvent, RunId, WorkerId } from "@shardwright/core";
import type { Queries } from "../database/queries.ts";

/** Turns a run's facts into the events that its watchers see. Holds what it looked up, for one stream. */
export class RunEventReader {
  readonly #run: RunId;
  readonly #queries: Queries;
  readonly #workerNames = new Map<WorkerId, string>();
  #files: ReadonlyMap<number, string> | undefined;

  constructor(run: RunId, queries: Queries) {
    this.#run = run;
    this.#queries = queries;
  }

  /** The fact's event; undefined for a fact that watchers have no use for, or an end that a re-opening has undone. */
  read({ position, at_ms, body }: Fact): RunEvent | undefined {
    switch (body.type) {
      case "RunSubmitted":
        return { type: "submitted", at_ms, tasks: body.submission.tasks.length };
      case "RunReopened":
        return { type: "reopened", at_ms, tasks: body.tasks.length, reason: body.reason };
      case "TasksLeased":
        return {
          type: "leased",
          at_ms,
          worker: body.worker,
          worker_name: this.#nameOf(body.worker),
          tasks: body.tasks.map(({ task, attempt, duplicate, resumes }) => ({
            task,
            attempt,
            file: this.#fileOf(task),
            ...(duplicate && { duplicate }),
            ...(resumes !== undefined && { resumes }),
          })),
        };
      case "CasesFinished": {
        const counts: Partial<Record<CaseStatus, number>> = {};
        for (const { status } of body.cases) counts[status] = (counts[status] ?? 0) + 1;
        return { type: "cases", at_ms, task: body.task, attempt: body.attempt, counts };
      }
      case "AttemptFinished": {
        const { task, attempt, outcome, task_status, duration_ms, waited_ms = 0, failure, recovery, quarantined } = body;
        const file = this.#fileOf(task);
        const why = { ...(failure && { failure }), ...(recovery && { recovery }), ...(quarantined && { quarantined }) };
        return { type: "attempt", at_ms: at_ms - waited_ms, task, attempt, file, outcome, task_status, duration_ms, ...why };
      }
      case "TasksSettled":
        return { type: "settled", at_ms, tasks: body.tasks.length, status: body.status, reason: body.reason };
      case "RunNoticed":
        return { type: "notice", at_ms, code: body.code, message: body.message };
      case "RunEnded":
        if (this.#queries.runs.byId(this.#run)?.ended_position !== position) return undefined;
        return { type: "ended", at_ms, verdict: body.verdict, reason: body.reason };
      // A cancelled run's tasks are settled and it ends: those are told. What its coverage comes to is known after its last event. The others are no run's.
      case "RunJudged":
      case "RunCancelled":
      case "RunJoined":
      case "PublicationClaimed":
      case "RunTraced":
      case "TrendsTaken":
      case "TrendsRolled":
      case "RunsPurged":
      case "LeadershipTaken":
      case "WorkerRegistered":
      case "WorkerDraining":
      case "WorkerGone":
      case "WorkerAssessed":
      case "WorkerForeseen":
      case "BreakerChanged":
      case "QuarantineChanged":
      case "MetricsReported":
      case "MetricsDropped":
      case "ConfirmationBegun":
      case "ConfirmationEnded":
      case "TestRenamed":
      case "AlertOpened":
      case "AlertGrown":
      case "AlertJudged":
      case "AlertRecovered":
      case "AlertTold":
      case "TrendsJudged":
      case "ActionBegun":
      case "ActionEnded":
      case "TokenCreated":
      case "TokenRevoked":
      case "TokensPurged":
      case "FactVersionRaised":
      case "SettingChanged":
      case "TuningChanged":
        return undefined;
    }
  }

  #fileOf(task: number): string {
    this.#files ??= this.#queries.tasks.files(this.#run);
    return this.#files.get(task) ?? `task ${task}`;
  }

  #nameOf(worker: WorkerId): string {
    const known = this.#workerNames.get(worker);
    if (known !== undefined) return known;
    const name = this.#queries.workers.byId(worker)?.name ?? worker;
    this.#workerNames.set(worker, name);
    return name;
  }
}
