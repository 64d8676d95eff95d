import type { Caller, CallOptions } from "../transport/caller.ts";

export function serviceRoutes(caller: Caller) {
  return {
    /** Resolves when a coordinator runs. */
    health: (options?: CallOptions) => caller.nothing({ method: "GET", path: "/healthz" }, options),
    /** Resolves when a coordinator takes work. */
    ready: (options?: CallOptions) => caller.nothing({ method: "GET", path: "/readyz" }, options),
  };
}
