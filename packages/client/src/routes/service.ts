import { type AuditQuery, auditListSchema, demandSchema, type DemandQuery } from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

export function serviceRoutes(caller: Caller) {
  return {
    /** Resolves when a coordinator runs. */
    health: (options?: CallOptions) => caller.nothing({ method: "GET", path: "/healthz" }, options),
    /** Resolves when a coordinator takes work. */
    ready: (options?: CallOptions) => caller.nothing({ method: "GET", path: "/readyz" }, options),

    /** Who did what, newest first. Needs an administrator's token. */
    listAudit: (query: AuditQuery = {}, options?: CallOptions) =>
      caller.json({ method: "GET", path: path("/api/v1/audit", [], query) }, auditListSchema, options),

    /** What waits for a group of machines, and how many more of them would pay. */
    demand: ({ labels, needing, ...query }: Partial<DemandQuery> = {}, options?: CallOptions) =>
      caller.json(
        { method: "GET", path: path("/api/v1/demand", [], { ...query, labels: labels?.join(","), needing: needing?.join(",") }) },
        demandSchema,
        options,
      ),
  };
}
