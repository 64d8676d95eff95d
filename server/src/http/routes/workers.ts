import {
  breakerListSchema,
  closedRequestSchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  leaseRequestSchema,
  leaseResponseSchema,
  outputRequestSchema,
  quarantineWorkerRequestSchema,
  registerRequestSchema,
  registerResponseSchema,
  resultsRequestSchema,
  resultsResponseSchema,
  workerDetailSchema,
  workerIdSchema,
  workerListSchema,
  workerQuerySchema,
} from "@shardwright/core";
import { z } from "zod";
import { eventStream } from "../../events/server-sent.ts";
import { signalSource } from "../../events/sources.ts";
import { breakerInfo, workerDetail, workerInfo } from "../../reports/worker-detail.ts";
import { aboutWorker } from "../about.ts";
import { defineFrequentRoute, defineRoute } from "../define-route.ts";

const params = z.object({ worker: workerIdSchema });
/** Workers that `GET /workers` lists. */
const listLimit = 1000;

export const workerRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/workers",
    summary: "Register a worker.",
    scopes: ["worker"],
    body: registerRequestSchema,
    answer: registerResponseSchema,
    handle: ({ body }, { scheduler }) => scheduler.register(body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/workers",
    summary: "List workers, the latest to register first.",
    scopes: ["read"],
    answer: workerListSchema,
    handle: (_call, { queries, scheduler }) => ({
      workers: queries.workers.list(listLimit).map((row) => workerInfo(row, scheduler)),
    }),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/breakers",
    summary: "List circuit breakers that are not closed, or have something against what they guard.",
    scopes: ["read"],
    answer: breakerListSchema,
    isLocal: true,
    handle: (_call, { queries, clock }) => ({
      breakers: queries.breakers.all().map((row) => breakerInfo(row, clock.now_ms())),
    }),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/workers/:worker",
    summary: "One worker: how it is, what it runs, what happened to it, and what it has run, newest first.",
    scopes: ["read"],
    params,
    query: workerQuerySchema,
    answer: workerDetailSchema,
    handle: ({ params: { worker }, query }, parts) => workerDetail(parts, worker, query),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/drain",
    summary: "Give a worker nothing more: it leaves when it has ended what it runs.",
    scopes: ["admin"],
    params,
    audit: ({ params: { worker } }, { queries }) => aboutWorker(queries, "worker.drain", worker),
    handle: ({ params: { worker } }, { scheduler }) => scheduler.drainWorker(worker),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/quarantine",
    summary: "Give a worker nothing for a while that others can run; after that it has to prove itself, with one test at a time.",
    scopes: ["admin"],
    params,
    body: quarantineWorkerRequestSchema,
    audit: ({ params: { worker }, body: { minutes, reason } }, { queries }) =>
      aboutWorker(queries, "worker.quarantine", worker, `, for ${minutes} min: ${reason}`),
    handle: ({ params: { worker }, body: { minutes, reason } }, { scheduler }) =>
      scheduler.quarantineWorker(worker, minutes * 60_000, reason),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/release",
    summary: "Forget what there is against a worker: it is handed work as before. One that drains leaves all the same.",
    scopes: ["admin"],
    params,
    audit: ({ params: { worker } }, { queries }) => aboutWorker(queries, "worker.release", worker),
    handle: ({ params: { worker } }, { scheduler }) => scheduler.releaseWorker(worker),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/leases",
    summary: "Ask for work; held open while there is none.",
    scopes: ["worker"],
    params,
    body: leaseRequestSchema,
    answer: leaseResponseSchema,
    handle: ({ params: { worker }, body, context }, { scheduler }) => scheduler.lease(worker, body, context.req.raw.signal),
  }),
  defineFrequentRoute({
    path: "/api/v1/workers/:worker/results",
    summary: "Report what happened; answered when all that was accepted is durable.",
    scopes: ["worker"],
    params,
    body: resultsRequestSchema,
    answer: resultsResponseSchema,
    handle: ({ params: { worker }, body }, { scheduler }) => scheduler.results(worker, body),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/output",
    summary: "Pass on what running attempts print, for those who watch; kept in memory until their end.",
    scopes: ["worker"],
    params,
    body: outputRequestSchema,
    handle({ body: { outputs } }, { queries, liveLogs }) {
      for (const { from, text, fence, ...key } of outputs) {
        const attempt = queries.tasks.attempt(key.run, key.task, key.attempt);
        if (attempt?.status === "running" && attempt.fence === fence) liveLogs.append(key, from, text);
      }
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/workers/:worker/closed",
    summary: "Say that what was set up for a run's tests is cleared up, and what went wrong with that.",
    scopes: ["worker"],
    params,
    body: closedRequestSchema,
    handle: ({ params: { worker }, body }, { scheduler }) => scheduler.closed(worker, body),
  }),
  defineFrequentRoute({
    path: "/api/v1/workers/:worker/heartbeat",
    summary: "Renew leases.",
    scopes: ["worker"],
    params,
    body: heartbeatRequestSchema,
    answer: heartbeatResponseSchema,
    handle: ({ params: { worker }, body }, { scheduler }) => scheduler.heartbeat(worker, body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/workers/:worker/signals",
    summary:
      "What the coordinator tells this worker without being asked. The worker counts as connected while the stream stands.",
    scopes: ["worker"],
    params,
    media: "text/event-stream",
    handle: ({ params: { worker } }, parts) =>
      eventStream((ring) => signalSource(parts, worker, ring), parts.clock, parts.closing),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/workers/:worker",
    summary: "Say good-bye; what the worker still holds is dealt again.",
    scopes: ["worker"],
    params,
    handle: ({ params: { worker } }, { scheduler }) => scheduler.leave(worker),
  }),
];
