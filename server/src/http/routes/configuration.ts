import { configurationSchema, setSettingRequestSchema, sharedKeySchema } from "@shardwright/core";
import { z } from "zod";
import { defineRoute } from "../define-route.ts";

const params = z.object({ key: sharedKeySchema });

export const configurationRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/configuration",
    summary: "What the cluster goes by, and where each setting comes from.",
    scopes: ["admin"],
    answer: configurationSchema,
    handle: (_call, { configuration }) => ({ settings: configuration.list() }),
  }),
  defineRoute({
    method: "put",
    path: "/api/v1/configuration/:key",
    summary: "Set something for all coordinators, at once and for good.",
    scopes: ["admin"],
    params,
    body: setSettingRequestSchema,
    audit: ({ params: { key }, body: { value } }) => ({
      name: "configuration.set",
      object: `${key} = ${JSON.stringify(value)}`,
    }),
    handle: ({ params: { key }, body: { value } }, { configuration }) => configuration.set(key, value),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/configuration/:key",
    summary: "Unset it: what coordinators are started with counts again.",
    scopes: ["admin"],
    params,
    audit: ({ params: { key } }) => ({ name: "configuration.unset", object: key }),
    handle: ({ params: { key } }, { configuration }) => configuration.unset(key),
  }),
];
