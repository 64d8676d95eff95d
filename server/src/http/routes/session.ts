import {
  type SessionAnswer,
  type SignOutAnswer,
  sessionAnswerSchema,
  sessionSchema,
  signInRequestSchema,
  signOutAnswerSchema,
} from "@shardwright/core";
import {
  clearCookie,
  cookieOf,
  credentialOf,
  keptCookieOf,
  parentOf,
  refuseOtherSites,
  sessionOf,
  setCookie,
  setKeptCookie,
} from "../../security/sessions.ts";
import { providerStandIn } from "../../security/sign-in/registration.ts";
import { actorOf, audited } from "../../audit/write-audit.ts";
import type { Context } from "hono";
import type { CoordinatorParts } from "../../parts.ts";
import { routeName } from "../audited.ts";
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
    async handle({ body, context }, parts) {
      const { tokens, clock, trustedProxy, refusedSignIns } = parts;
      refuseOtherSites(context);
      const about = { route: routeName({ method: "post", path }), object: "the dashboard, with a token" };
      const grant = await refusedSignIns.watch(
        ["unauthenticated", "forbidden"],
        () => tokens.checkSignIn(body.token),
        () => ({ ...about, name: tokens.find(`Bearer ${body.token}`)?.name }),
      );
      const entry = { ...about, name: "session.sign-in", actor: actorOf(grant), project: grant.project } as const;
      const { secret, ...session } = await audited(entry, parts, () => tokens.signIn(body.token));
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
      "Sign out of the dashboard. The session is worth nothing from then on; the token that it was made for stays as it is. Where it was made by way of an identity provider: where to go to sign out there.",
    scopes: "public",
    answer: signOutAnswerSchema,
    async handle({ context }, parts) {
      const { tokens, trustedProxy } = parts;
      const secret = cookieOf(context);
      if (secret === undefined) return {};
      refuseOtherSites(context);
      const grant = tokens.findSession(secret);
      if (grant !== undefined) {
        const about = { route: routeName({ method: "delete", path }), object: "the dashboard", project: grant.project };
        await audited({ ...about, name: "session.sign-out", actor: actorOf(grant) }, parts, () => tokens.signOut(secret));
      }
      clearCookie(context, trustedProxy);
      return await signOutAtProvider(context, secret, parts);
    },
  }),
];

/** A session that a token was given for is none of the provider's, though it may know somebody in this browser. */
async function signOutAtProvider(context: Context, secret: string, { signIn }: CoordinatorParts): Promise<SignOutAnswer> {
  if (signIn === undefined || parentOf(secret) !== providerStandIn(signIn.options)) return {};
  const there = await signIn.signOutAt(keptCookieOf(context));
  if (there === undefined) return {};
  setKeptCookie(context, "", 0, there.address);
  return { url: there.url };
}

async function whoAsks(credential: string, { tokens, clock, ledger }: CoordinatorParts): Promise<SessionAnswer> {
  const found = tokens.find(credential);
  if (found !== undefined || ledger.role === "leader")
    return found === undefined ? {} : { session: sessionOf(found, clock.now_ms()) };
  // A session that was made a moment ago may not have come here yet.
  await ledger.barrier();
  const late = tokens.find(credential);
  return late === undefined ? {} : { session: sessionOf(late, clock.now_ms()) };
}
