import { type SessionAnswer, sessionAnswerSchema, sessionSchema, signInRequestSchema } from "@shardwright/core";
import { clearCookie, cookieOf, credentialOf, refuseOtherSites, sessionOf, setCookie } from "../../security/sessions.ts";
import type { CoordinatorParts } from "../../parts.ts";
import { defineRoute } from "../define-route.ts";

const path = "/api/v1/session";

export const sessionRoutes = [
  defineRoute({
    method: "post",
    path,
    summary: "Sign in to the dashboard: exchange a token for a cookie, which is worth as much for some hours.",
    scopes: "public",
    body: signInRequestSchema,
    bodyLimit_bytes: 2000,
    answer: sessionSchema,
    async handle({ body, context }, { tokens, clock, trustedProxy }) {
      refuseOtherSites(context);
      const { secret, ...session } = await tokens.signIn(body.token);
      const now_ms = clock.now_ms();
      setCookie(context, secret, (session.expires_at_ms ?? now_ms) - now_ms, trustedProxy);
      return sessionOf(session, now_ms);
    },
  }),
  defineRoute({
    method: "get",
    path,
    summary: "Who asks, and what they may do; nothing of nobody. And by way of whom one may sign in without a token.",
    scopes: "public",
    isLocal: true,
    answer: sessionAnswerSchema,
    async handle({ context }, parts) {
      const credential = credentialOf(context);
      const provider = parts.signIn?.provider;
      const who = credential === undefined ? {} : await whoAsks(credential, parts);
      return { ...who, ...(provider !== undefined && { provider }) };
    },
  }),
  defineRoute({
    method: "delete",
    path,
    summary:
      "Sign out of the dashboard. The session is worth nothing from then on; the token that it was made for stays as it is.",
    scopes: "public",
    async handle({ context }, { tokens, trustedProxy }) {
      const secret = cookieOf(context);
      if (secret === undefined) return;
      refuseOtherSites(context);
      await tokens.signOut(secret);
      clearCookie(context, trustedProxy);
    },
  }),
];

async function whoAsks(credential: string, { tokens, clock, ledger }: CoordinatorParts): Promise<SessionAnswer> {
  const found = tokens.find(credential);
  if (found !== undefined || ledger.role === "leader")
    return found === undefined ? {} : { session: sessionOf(found, clock.now_ms()) };
  // A session that was made a moment ago may not have come here yet.
  await ledger.barrier();
  const late = tokens.find(credential);
  return late === undefined ? {} : { session: sessionOf(late, clock.now_ms()) };
}
