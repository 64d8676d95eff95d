import { tuningListSchema, type TuningRequest } from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";

export function tuningRoutes(caller: Caller) {
  return {
    /** What the scheduler tunes by itself, and what happened to it last. */
    getTuning: (options?: CallOptions) => caller.json({ method: "GET", path: "/api/v1/tuning" }, tuningListSchema, options),

    /** Holds a parameter to a value, or has it, or all of them, begin anew. */
    tune: (request: TuningRequest, options?: CallOptions) =>
      caller.nothing({ method: "POST", path: "/api/v1/tuning", json: request }, options),
  };
}
