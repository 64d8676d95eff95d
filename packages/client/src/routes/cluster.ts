import { clusterStatusSchema } from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

export function clusterRoutes(caller: Caller) {
  return {
    /** What the coordinator that answers knows of its cluster. */
    clusterStatus: (options?: CallOptions) =>
      caller.json({ method: "GET", path: "/api/v1/cluster" }, clusterStatusSchema, options),

    /** Removes a member for good. */
    removeMember: (id: string, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: path("/api/v1/cluster/members/:", [id]) }, options),

    /** Makes a learner a voter. */
    promoteMember: (id: string, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: path("/api/v1/cluster/members/:/promote", [id]) }, options),

    /** Hands leadership to a voter, or to the one that is furthest. */
    transferLeadership: (to?: string, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: "/api/v1/cluster/transfer", json: to === undefined ? {} : { to } }, options),
  };
}
