import { exchangeIdentityRequestSchema, exchangeIdentityResponseSchema } from "@shardwright/core";
import { defineRoute } from "../define-route.ts";

export const identityRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/identity/exchange",
    summary: "Exchange what a CI system says of a job, signed, for a token that ends soon. Its secret is in this answer alone.",
    scopes: "public",
    body: exchangeIdentityRequestSchema,
    bodyLimit_bytes: 20_000,
    answer: exchangeIdentityResponseSchema,
    status: 201,
    handle: ({ body }, { identity }) => identity.exchange(body),
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/identity/token",
    summary:
      "Give back the token that this is asked with, which was given for what a CI system said: it is worth nothing from then on.",
    // Whichever it may be: it is told apart by itself, and ends itself alone.
    scopes: "public",
    handle: ({ context }, { tokens }) => tokens.giveBack(context.req.header("authorization")),
  }),
];
