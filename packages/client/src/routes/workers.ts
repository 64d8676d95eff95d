import {
  heartbeatResponseSchema,
  leaseResponseSchema,
  registerResponseSchema,
  resultsResponseSchema,
  workerDetailSchema,
  workerListSchema,
  workerSignalSchema,
  type ClosedRequest,
  type HeartbeatRequest,
  type LeaseRequest,
  type OutputRequest,
  type QuarantineWorkerRequest,
  type RegisterRequest,
  type ResultsRequest,
  type WorkerSignal,
} from "@shardwright/core";
import { readAnswer } from "../transport/answers.ts";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { resumedStream, type StreamOptions } from "../streams/resumed-stream.ts";
import { path } from "./path.ts";

export function workerRoutes(caller: Caller) {
  return {
    /** @throws `worker-name-taken` while a live worker has the name. */
    registerWorker: (request: RegisterRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/workers", json: request }, registerResponseSchema, options),

    listWorkers: (options?: CallOptions) => caller.json({ method: "GET", path: "/api/v1/workers" }, workerListSchema, options),

    /** One worker, what it runs, and a page of what it has run. @throws `not-found` */
    getWorker: (worker: string, query: { before?: string; limit?: number } = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/workers/:", [worker], query) }, workerDetailSchema, options),

    /** Gives a worker nothing more: it leaves when it has ended what it runs. @throws `worker-gone` */
    drainWorker: (worker: string, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/workers/:/drain", [worker]), json: {} }, options),

    /** Gives a worker nothing for a while that others can run. @throws `worker-gone` */
    quarantineWorker: (worker: string, request: QuarantineWorkerRequest = {}, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/workers/:/quarantine", [worker]), json: request }, options),

    /** Forgets what there is against a worker. @throws `worker-gone` */
    releaseWorker: (worker: string, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/workers/:/release", [worker]), json: {} }, options),

    /**
     * Asks for leases and waits up to `wait_ms` for the first. Where the address turns out dead meanwhile, by another call that nothing
     * came for, the next one is asked; a lease that was on its way is taken back when a heartbeat does not name it.
     * @throws `worker-unknown`
     */
    lease: (worker: string, request: LeaseRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: path("/api/v1/workers/:/leases", [worker]), json: request }, leaseResponseSchema, {
        timeout_ms: request.wait_ms + caller.timeout_ms,
        ...options,
      }),

    /** Reports what happened; resolves when all that was accepted is durable. @throws `worker-unknown` */
    sendResults: (worker: string, request: ResultsRequest, options?: CallOptions) =>
      caller.json(
        { method: "POST", path: path("/api/v1/workers/:/results", [worker]), json: request },
        resultsResponseSchema,
        options,
      ),

    /** Passes on what running attempts have printed. */
    sendOutput: (worker: string, request: OutputRequest, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/workers/:/output", [worker]), json: request }, options),

    /** Says that what was set up for a run's tests is cleared up. @throws `worker-unknown` */
    reportClosed: (worker: string, request: ClosedRequest, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/workers/:/closed", [worker]), json: request }, options),

    /** Renews the leases named. @throws `worker-unknown` */
    heartbeat: (worker: string, request: HeartbeatRequest, options?: CallOptions) =>
      caller.json(
        { method: "POST", path: path("/api/v1/workers/:/heartbeat", [worker]), json: request },
        heartbeatResponseSchema,
        options,
      ),

    /** What the coordinator tells this worker without being asked. @throws `worker-unknown` */
    signals(worker: string, options: StreamOptions = {}): AsyncGenerator<WorkerSignal> {
      const address = path("/api/v1/workers/:/signals", [worker]);
      return resumedStream(
        caller,
        {
          path: () => address,
          lastId: "",
          event: "signal",
          read: (message) => readAnswer(message.data, workerSignalSchema, address),
          isLast: () => false,
        },
        options,
      );
    },

    /** Says good-bye: leases still held go back to the coordinator. */
    leaveWorker: (worker: string, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: path("/api/v1/workers/:", [worker]) }, options),
  };
}
