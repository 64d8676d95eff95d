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
];
