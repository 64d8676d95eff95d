import { randomUUID } from "node:crypto";
import {
  failureListSchema,
  flakyListSchema,
  type KnownCasesRequest,
  knownCasesSchema,
  quarantineListSchema,
  type QuarantineRemoval,
  type QuarantineRequest,
  judgementAnswerSchema,
  type JudgementRequest,
  outputEventSchema,
  publicationAnswerSchema,
  type PublicationRequest,
  runComparisonSchema,
  runEventSchema,
  projectListSchema,
  reopenAnswerSchema,
  runChartSchema,
  runFiltersSchema,
  runListSchema,
  type RunListQuery,
  runReportSchema,
  runSummarySchema,
  submitResponseSchema,
  testHistorySchema,
  type TestHistoryQuery,
  timelineAnswerSchema,
  type CaseTimingsRequest,
  caseTimingsSchema,
  timingsSchema,
  type CreateTaskRequest,
  type OutputEvent,
  type RunEvent,
  type Submission,
  type TraceParent,
} from "@shardwright/core";
import { readAnswer } from "../transport/answers.ts";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { resumedStream, type StreamOptions } from "../streams/resumed-stream.ts";
import { path } from "./path.ts";

/** One event of a run and its place in the ledger, from which the stream can be taken up again. */
export interface PositionedRunEvent {
  readonly position: number;
  readonly event: RunEvent;
}

export interface RunEventsOptions extends StreamOptions {
  /** Only events after this position. */
  readonly after?: number | undefined;
}

/**
 * A coordinator that lags behind the one that took the submission, or told of the end, may still know the run as it was opened before: it
 * answers when it knows what is durable.
 */
const asOfNow = { "shardwright-consistency": "linearizable" };

export function runRoutes(caller: Caller) {
  return {
    /**
     * Submits a suite. The same `run_key` and manifest join the run there is.
     * @param options.trace_parent what it is a part of, in other programs' traces
     * @throws `run-key-conflict`, `empty-manifest`, `manifest-mismatch`, `queue-full` */
    submitRun: (submission: Submission, { trace_parent, ...options }: CallOptions & { trace_parent?: TraceParent } = {}) => {
      const headers = trace_parent === undefined ? {} : { headers: { traceparent: trace_parent } };
      return caller.json({ method: "POST", path: "/api/v1/runs", json: submission, ...headers }, submitResponseSchema, options);
    },

    /** A page of the runs that match, newest first; `before` is what `next` was in the page before. */
    listRuns: (query: Partial<RunListQuery> = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/runs", [], query) }, runListSchema, options),

    /** What a list of runs can be filtered by. */
    runFilters: (query: { project?: string | undefined } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/run-filters", [], query) }, runFiltersSchema, options),

    /** Projects that have runs, the latest to run first. */
    listProjects: (options?: CallOptions) => caller.json({ method: "GET", path: "/api/v1/projects" }, projectListSchema, options),

    /** Who ran what when in a run, in columns. */
    getChart: (run: string, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/runs/:/chart", [run]) }, runChartSchema, options),

    /** How a test, or a file, fared from run to run. @throws `not-found` */
    testHistory: (query: TestHistoryQuery, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/tests/history", [], query) }, testHistorySchema, options),

    /** Runs again what has not passed in a run that has ended. @throws `not-found`, `run-goes-on`, `not-reopenable` */
    reopenRun: (run: string, options?: CallOptions) =>
      caller.json({ method: "POST", path: path("/api/v1/runs/:/reopen", [run]), json: {} }, reopenAnswerSchema, options),

    /** How tests of a project fail, last seen first. */
    listFailures: (query: { project?: string | undefined; limit?: number | undefined } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/failures", [], query) }, failureListSchema, options),

    /** Tests that fail on code on which they pass as well, the likeliest to do so first. */
    listFlaky: (query: { project?: string | undefined; limit?: number | undefined } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/flaky", [], query) }, flakyListSchema, options),

    /** Which files are new to the project or have changed since it ran them, and which of their cases it knows. */
    getKnownCases: (request: KnownCasesRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/known-cases", json: request }, knownCasesSchema, options),

    /** Tests whose failures do not count, as they were named by hand. */
    listQuarantine: (query: { project?: string | undefined } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/quarantine", [], query) }, quarantineListSchema, options),

    /** Puts a test into quarantine, or changes its entry. */
    addToQuarantine: (request: QuarantineRequest, options?: CallOptions) =>
      caller.nothing({ method: "PUT", path: "/api/v1/quarantine", json: request }, options),

    removeFromQuarantine: (request: QuarantineRemoval, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: "/api/v1/quarantine", json: request }, options),

    getRun: (run: string, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/runs/:", [run]) }, runSummarySchema, options),

    /** All the run left behind so far; its verdict is final once the run has ended. */
    getReport: (run: string, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/runs/:/report", [run]), headers: asOfNow }, runReportSchema, options),

    /** What is different in a run that has ended from the last ones on its base, or from another run. @throws `not-found` where there is no base */
    getComparison: (run: string, query: { with?: string | undefined } = {}, options?: CallOptions) =>
      caller.json(
        { method: "GET", path: path("/api/v1/runs/:/comparison", [run], query), headers: asOfNow },
        runComparisonSchema,
        options,
      ),

    /** What happened in a run so far, oldest first. @param query `only: "trouble"` for what went wrong and what was done about it */
    getTimeline: (
      run: string,
      query: { only?: "trouble" | undefined; after?: number | undefined; limit?: number | undefined } = {},
      options?: CallOptions,
    ) =>
      caller.json(
        { method: "GET", path: path("/api/v1/runs/:/timeline", [run], query), headers: asOfNow },
        timelineAnswerSchema,
        options,
      ),

    /**
     * Asks to be the one that tells the outside world of a run's end, or says that it is done. The same name may ask again: an answer that
     * was lost does not lose the claim.
     */
    claimPublication: (run: string, request: PublicationRequest, options?: CallOptions) =>
      caller.json(
        { method: "POST", path: path("/api/v1/runs/:/publication", [run]), json: request },
        publicationAnswerSchema,
        options,
      ),

    /**
     * Says what the coverage of a run whose tests have passed comes to. A run that has not passed, is not measured, or goes on, stays as it is.
     * @throws `not-found`, also from a coordinator that knows no verdicts by coverage
     */
    judgeRun: (run: string, request: JudgementRequest, options?: CallOptions) =>
      caller.json(
        { method: "POST", path: path("/api/v1/runs/:/judgement", [run]), json: request },
        judgementAnswerSchema,
        options,
      ),

    /** Cancels what has no result yet. A run that has ended stays as it is. */
    cancelRun: (run: string, reason?: string, options?: CallOptions) =>
      caller.nothing(
        { method: "POST", path: path("/api/v1/runs/:/cancel", [run]), json: reason === undefined ? {} : { reason } },
        options,
      ),

    /** The run's events from its beginning (or after a position), then as they come, until it has ended. */
    runEvents(run: string, options: RunEventsOptions = {}): AsyncGenerator<PositionedRunEvent> {
      const address = path("/api/v1/runs/:/events", [run]);
      return resumedStream<PositionedRunEvent>(
        caller,
        {
          path: () => address,
          headers: asOfNow,
          lastId: options.after === undefined ? "" : String(options.after),
          isKnown: (id, lastId) => Number(id) <= Number(lastId),
          read: (message) => ({
            position: Number(message.id),
            event: readAnswer(message.data, runEventSchema, address),
          }),
          isLast: ({ event }) => event.type === "ended",
        },
        options,
      );
    },

    /** What an attempt of a task prints, as it prints it, and the rest of its log once it is over. Without a number: the latest. */
    taskOutput(
      run: string,
      task: number,
      options: StreamOptions & { attempt?: number | undefined } = {},
    ): AsyncGenerator<OutputEvent> {
      const { attempt, ...rest } = options;
      // What has been read of the latest attempt goes on with that one, not with one that began since.
      let shown = attempt;
      const address = () => path("/api/v1/runs/:/tasks/:/output", [run, String(task)], { attempt: shown });
      return resumedStream<OutputEvent>(
        caller,
        {
          path: address,
          lastId: "",
          read: (message) => {
            const event = readAnswer(message.data, outputEventSchema, address());
            shown = event.attempt ?? shown;
            return event;
          },
          isLast: ({ type }) => type === "end",
        },
        rest,
      );
    },

    /** One task as a run of its own; under a key of its own too, where it names none, so that sending it twice makes one run. */
    createTask: (request: CreateTaskRequest, options?: CallOptions) => {
      const json: CreateTaskRequest = { ...request, run_key: request.run_key ?? `task-${randomUUID()}` };
      return caller.json({ method: "POST", path: "/api/v1/tasks", json }, submitResponseSchema, options);
    },

    /** Last known durations by task key, on one class of hardware or, without it, wherever they were measured. */
    getTimings: (query: { project: string; hardware_class?: string | undefined }, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/timings", [], query) }, timingsSchema, options),

    /** What the cases of files took when the files passed last. @param request at most 64 keys */
    getCaseTimings: (request: CaseTimingsRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/timings/cases", json: request }, caseTimingsSchema, options),
  };
}
