import {
  asOf,
  breakerListSchema,
  closedRequestSchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  leaseRequestSchema,
  leaseResponseSchema,
  outputRequestSchema,
  registerRequestSchema,
  registerResponseSchema,
  resultsRequestSchema,
  resultsResponseSchema,
  workerIdSchema,
  workerListSchema,
} from "@shardwright/core";
import { z } from "zod";
import { eventStream } from "../../events/server-sent.ts";
import { signalSource } from "../../events/sources.ts";
import { defineRoute } from "../define-route.ts";

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
      workers: queries.workers.list(listLimit).map(({ id, name, slots, capabilities, version, status, reason }) => ({
        id,
        name,
        slots,
        capabilities,
        version,
        status,
        ...(reason === null ? {} : { reason }),
        ...scheduler.health(id),
      })),
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
      breakers: queries.breakers.all().map(({ scope, name, breaker, at_ms }) => {
        const { phase, evidence, opens, since_ms } = asOf(breaker, clock.now_ms());
        return { scope, name, phase, evidence, opens, since_ms, at_ms };
      }),
    }),
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
  defineRoute({
    method: "post",
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
  defineRoute({
    method: "post",
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
