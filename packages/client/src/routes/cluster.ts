import {
  addedSchema,
  clusterHealthSchema,
  clusterStatusSchema,
  comparisonSchema,
  updateReadinessSchema,
} from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

/** How long tables may take to be copied, or compared, before the first byte of the answer comes. */
const copying_ms = 600_000;

export function clusterRoutes(caller: Caller) {
  return {
    /** What the coordinator that answers knows of its cluster. */
    clusterStatus: (options?: CallOptions) =>
      caller.json({ method: "GET", path: "/api/v1/cluster" }, clusterStatusSchema, options),

    clusterHealth: (options?: CallOptions) =>
      caller.json({ method: "GET", path: "/api/v1/cluster/health" }, clusterHealthSchema, options),

    /**
     * Has a coordinator copy its tables, and hands their bytes to `take`, a tar archive. What breaks off is tried again: `take` is called
     * anew then, and begins from nothing.
     */
    backup: (blobs: boolean, take: (bytes: AsyncIterable<Uint8Array>) => Promise<void>, options: CallOptions = {}) =>
      caller.call(
        { method: "GET", path: path("/api/v1/cluster/backup", [], { blobs: String(blobs) }) },
        { timeout_ms: copying_ms, ...options },
        (answer) => take(answer.body as AsyncIterable<Uint8Array>),
      ),

    /** Compares the tables of all members after one and the same entry. */
    compareTables: (options: CallOptions = {}) =>
      caller.json({ method: "POST", path: "/api/v1/cluster/compare" }, comparisonSchema, { timeout_ms: copying_ms, ...options }),

    /** Whether one coordinator may be stopped now. */
    updateReadiness: (options?: CallOptions) =>
      caller.json({ method: "GET", path: "/api/v1/cluster/update-ready" }, updateReadinessSchema, options),

    /** Removes a member for good. */
    removeMember: (id: string, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: path("/api/v1/cluster/members/:", [id]) }, options),

    /** Takes in, as a learner, the coordinator that answers at an address and waits to join. */
    addMember: (address: string, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/cluster/add", json: { address } }, addedSchema, options),

    /** Makes a learner a voter. @throws `not-caught-up` when it has not, and is to have */
    promoteMember: (id: string, whenCaughtUp = false, options?: CallOptions) =>
      caller.nothing(
        { method: "POST", path: path("/api/v1/cluster/members/:/promote", [id], { caught_up: String(whenCaughtUp) }) },
        options,
      ),

    /** Hands leadership to a voter, or to the one that is furthest. */
    transferLeadership: (to?: string, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: "/api/v1/cluster/transfer", json: to === undefined ? {} : { to } }, options),
  };
}
