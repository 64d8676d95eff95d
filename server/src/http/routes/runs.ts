import {
  ShardwrightError,
  cancelRequestSchema,
  judgementAnswerSchema,
  judgementRequestSchema,
  publicationAnswerSchema,
  publicationRequestSchema,
  readTraceParent,
  runIdSchema,
  reopenAnswerSchema,
  projectListSchema,
  runFiltersSchema,
  runListQuerySchema,
  runListSchema,
  runReportSchema,
  runComparisonSchema,
  runSummarySchema,
  submissionSchema,
  submitResponseSchema,
  nameSchema,
  timelineAnswerSchema,
  timelineQuerySchema,
} from "@shardwright/core";
import { z } from "zod";
import { runEventSource } from "../../events/sources.ts";
import { eventStream } from "../../events/server-sent.ts";
import { outputSource } from "../../live/output-source.ts";
import { inTurns } from "../../parts-of-work.ts";
import { withQuarantine } from "../../quarantine.ts";
import { filesWith } from "../../scheduler/reopening.ts";
import { refuseBadSubmission } from "../../submissions.ts";
import { aboutRun } from "../about.ts";
import { readAnswer } from "../compressed.ts";
import { defineRoute } from "../define-route.ts";

const params = z.object({ run: runIdSchema });

export const runRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/runs",
    summary: "Submit a suite. The same run key and manifest join the run there is, or run again what had not passed.",
    scopes: ["submit"],
    body: submissionSchema,
    answer: submitResponseSchema,
    async handle({ body, context }, parts) {
      refuseBadSubmission(body);
      const trace = readTraceParent(context.req.header("traceparent"));
      const submitted = await parts.scheduler.submit(await withQuarantine(parts, body), trace);
      return parts.github.writesCheckOf(body) ? { ...submitted, writes_check: true } : submitted;
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs",
    summary: "List runs, newest first, by project, branch, CI system, author, verdict and time.",
    scopes: ["read"],
    isLocal: true,
    query: runListQuerySchema,
    answer: runListSchema,
    handle: async ({ query }, { queries, clock, ledger }) => {
      const { position } = ledger;
      return { ...(await inTurns(queries.runs.listParts(query), clock)), position };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/run-changes",
    summary: "Runs as they come, and as they change, after a position: what a list of runs is kept up to date with.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({ project: nameSchema.optional(), after: z.coerce.number().int().nonnegative().optional() }),
    media: "text/event-stream",
    handle({ query: { project, after }, context }, parts) {
      const last = context.req.header("last-event-id");
      const from = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : after;
      return eventStream((ring) => parts.runChanges.open({ project, after: from }, ring), parts.clock, parts.closing);
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/run-filters",
    summary: "What runs can be filtered by: the branches, CI systems and authors of the newest.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({ project: nameSchema.optional() }),
    answer: runFiltersSchema,
    handle: ({ query: { project } }, { queries }) => queries.runs.filters(project),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/projects",
    summary: "Projects that have runs, the latest to run first.",
    scopes: ["read"],
    isLocal: true,
    query: z.object({ project: nameSchema.optional() }),
    answer: projectListSchema,
    handle: ({ query: { project }, context }, { reader }) => readAnswer(context, reader.ask({ of: "projects", project })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run",
    summary: "One run and its account.",
    scopes: ["read"],
    isLocal: true,
    params,
    answer: runSummarySchema,
    handle({ params: { run } }, { queries, leadership, ledger }) {
      const { position } = ledger;
      const summary = queries.runs.summary(run);
      if (summary === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
      const admission = leadership.current?.admission(run);
      const kind = queries.runs.byId(run)?.workspace.kind;
      const files_with = kind === undefined ? undefined : filesWith(kind);
      return {
        ...summary,
        position,
        ...(admission !== undefined && { admission }),
        ...(files_with !== undefined && { files_with }),
      };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/report",
    summary: "All that the run left behind so far.",
    scopes: ["read"],
    isLocal: true,
    params,
    answer: runReportSchema,
    handle: ({ params: { run }, context }, { reader }) => readAnswer(context, reader.ask({ of: "report", run })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/comparison",
    summary: "What is different in a run that has ended from the last ones on its base, or from the run that is named.",
    scopes: ["read"],
    isLocal: true,
    params,
    query: z.object({ with: runIdSchema.optional() }),
    answer: runComparisonSchema,
    handle: ({ params: { run }, query, context }, { reader }) =>
      readAnswer(context, reader.ask({ of: "comparison", run, with: query.with })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/timeline",
    summary: "What happened in the run so far, oldest first, or only what went wrong and what was done about it.",
    scopes: ["read"],
    isLocal: true,
    params,
    query: timelineQuerySchema,
    answer: timelineAnswerSchema,
    handle: ({ params: { run }, query, context }, { reader }) => readAnswer(context, reader.ask({ of: "timeline", run, query })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/events",
    summary: "The run's events since it was last opened (or after a position), then as they come, until it has ended.",
    scopes: ["read"],
    isLocal: true,
    params,
    query: z.object({ after: z.coerce.number().int().nonnegative().optional() }),
    media: "text/event-stream",
    handle({ params: { run }, query, context }, parts) {
      const last = context.req.header("last-event-id");
      const after = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : query.after;
      return eventStream((ring) => runEventSource(parts, run, after, ring), parts.clock, parts.closing);
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/tasks/:task/output",
    summary: "What the latest attempt of a task (or the one named) prints, as it prints it, until it is over.",
    scopes: ["read"],
    params: z.object({ run: runIdSchema, task: z.coerce.number().int().nonnegative() }),
    query: z.object({ attempt: z.coerce.number().int().positive().optional() }),
    media: "text/event-stream",
    handle({ params: { run, task }, query: { attempt }, context }, parts) {
      const last = context.req.header("last-event-id");
      const after = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : 0;
      return eventStream((ring) => outputSource(parts, { run, task, attempt, after }, ring), parts.clock, parts.closing);
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/runs/:run/publication",
    summary: "Ask to be the one that tells the outside world of the run's end, or say that it is done.",
    scopes: ["submit"],
    params,
    body: publicationRequestSchema,
    answer: publicationAnswerSchema,
    handle: ({ params: { run }, body }, { scheduler }) => scheduler.publication(run, body),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/runs/:run/judgement",
    summary: "Say what the coverage of a run whose tests have passed comes to: it is the run's verdict from then on.",
    scopes: ["submit"],
    params,
    body: judgementRequestSchema,
    answer: judgementAnswerSchema,
    handle: ({ params: { run }, body }, { scheduler }) => scheduler.judgement(run, body),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/runs/:run/cancel",
    summary: "Cancel what has no result yet. A run that has ended stays as it is.",
    scopes: ["submit"],
    params,
    body: cancelRequestSchema,
    answer: runSummarySchema,
    audit: ({ params: { run }, body }, { queries }) => aboutRun(queries, "run.cancel", run, `: ${body.reason}`),
    async handle({ params: { run }, body }, { scheduler, queries }) {
      if (queries.runs.byId(run) !== undefined) await scheduler.cancel(run, body.reason);
      const summary = queries.runs.summary(run);
      if (summary === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
      return summary;
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/runs/:run/reopen",
    summary: "Run again what has not passed, in a run that has ended; what has passed keeps its result.",
    scopes: ["submit"],
    params,
    answer: reopenAnswerSchema,
    audit: ({ params: { run } }, { queries }) => aboutRun(queries, "run.reopen", run),
    async handle({ params: { run } }, { scheduler, queries }) {
      const row = queries.runs.byId(run);
      if (row === undefined) throw new ShardwrightError("not-found", { what: `run ${run}` });
      return { pending: await scheduler.reopen(run, row.opened_position) };
    },
  }),
];
