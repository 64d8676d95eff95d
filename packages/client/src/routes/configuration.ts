import { configurationSchema, type SettingValue } from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

export function configurationRoutes(caller: Caller) {
  return {
    /** What the cluster goes by, and where each setting comes from. */
    getConfiguration: (options?: CallOptions) =>
      caller.json({ method: "GET", path: "/api/v1/configuration" }, configurationSchema, options),

    /** Sets something for all coordinators. */
    setSetting: (key: string, value: SettingValue, options?: CallOptions) =>
      caller.nothing({ method: "PUT", path: path("/api/v1/configuration/:", [key]), json: { value } }, options),

    /** What coordinators are started with counts again. */
    unsetSetting: (key: string, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: path("/api/v1/configuration/:", [key]) }, options),
  };
}
