import { createTokenRequestSchema, createTokenResponseSchema, tokenIdSchema, tokenListSchema } from "@shardwright/core";
import { z } from "zod";
import { defineRoute } from "../define-route.ts";

export const tokenRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/tokens",
    summary: "Make a token. Its secret is in this answer alone.",
    scopes: ["admin"],
    body: createTokenRequestSchema,
    answer: createTokenResponseSchema,
    status: 201,
    audit: ({ body: { name, scope, project, days } }) => ({
      name: "token.create",
      object: `${name}, of the scope ${scope}${days === undefined ? "" : `, for ${days} days`}`,
      project,
    }),
    handle: ({ body }, { tokens }) => tokens.create(body),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/tokens",
    summary: "List tokens, newest first; never their secrets.",
    scopes: ["admin"],
    isLocal: true,
    answer: tokenListSchema,
    handle: (_call, { tokens }) => ({ tokens: tokens.list() }),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/tokens/:token",
    summary: "Revoke a token, at once.",
    scopes: ["admin"],
    params: z.object({ token: tokenIdSchema }),
    audit: ({ params: { token } }, { tokens }) => {
      const known = tokens.list().find(({ id }) => id === token);
      return { name: "token.revoke", object: known === undefined ? token : `${token} (${known.name})`, project: known?.project };
    },
    handle: ({ params: { token } }, { tokens }) => tokens.revoke(token),
  }),
];
