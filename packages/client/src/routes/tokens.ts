import {
  createTokenResponseSchema,
  exchangeIdentityResponseSchema,
  tokenListSchema,
  type CreateTokenRequest,
  type ExchangeIdentityRequest,
} from "@shardwright/core";
import type { Caller, CallOptions } from "../transport/caller.ts";
import { path } from "./path.ts";

export function tokenRoutes(caller: Caller) {
  return {
    /** Makes a token; its secret is in this answer alone. Not tried again: an answer that is lost would leave a token nobody has. */
    createToken: (request: CreateTokenRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/tokens", json: request }, createTokenResponseSchema, {
        retry: false,
        ...options,
      }),

    /**
     * Exchanges what a CI system says of a job for a token; needs no token itself. Tried again: one that is lost ends by itself.
     * @throws `identity-off`, `identity-invalid`, `identity-issuer`, `identity-audience`, `identity-rule`, `identity-issuer-unreachable`
     */
    exchangeIdentity: (request: ExchangeIdentityRequest, options?: CallOptions) =>
      caller.json({ method: "POST", path: "/api/v1/identity/exchange", json: request }, exchangeIdentityResponseSchema, options),

    /** Ends the token that this client has, if it was given for an identity token. */
    giveBackToken: (options?: CallOptions) => caller.nothing({ method: "DELETE", path: "/api/v1/identity/token" }, options),

    listTokens: (options?: CallOptions) => caller.json({ method: "GET", path: "/api/v1/tokens" }, tokenListSchema, options),

    revokeToken: (token: string, options?: CallOptions) =>
      caller.nothing({ method: "DELETE", path: path("/api/v1/tokens/:", [token]) }, options),
  };
}
