import { audited } from "../../audit/write-audit.ts";
import { ShardwrightError, beginSignInAnswerSchema, beginSignInRequestSchema } from "@shardwright/core";
import type { Context } from "hono";
import {
  begunCookieOf,
  refuseOtherSites,
  setBegunCookie,
  setCookie,
  setKeptCookie,
  wantAnotherAccount,
  wantsAnotherAccount,
} from "../../security/sessions.ts";
import type { SignIn, SignedIn } from "../../security/sign-in/sign-in.ts";
import type { CoordinatorParts } from "../../parts.ts";
import { routeName } from "../audited.ts";
import { defineRoute } from "../define-route.ts";

/** Where the browser comes back to from the identity provider. */
export const callbackPath = "/api/v1/session/callback";

const callback = { method: "get", path: callbackPath } as const;

export const signInRoutes = [
  defineRoute({
    method: "post",
    path: "/api/v1/session/begin",
    summary: "Begin to sign in to the dashboard by way of the identity provider: where the browser has to go.",
    scopes: "public",
    body: beginSignInRequestSchema,
    bodyLimit_bytes: 4000,
    answer: beginSignInAnswerSchema,
    async handle({ body, context }, parts) {
      refuseOtherSites(context);
      const { url, sealed, address } = await signInOf(parts).begin(body.address, body.return_to, wantsAnotherAccount(context));
      setBegunCookie(context, sealed, address);
      return { url };
    },
  }),
  defineRoute({
    ...callback,
    summary: "Where the identity provider sends the browser back to: it is signed in, and sent on to the dashboard.",
    scopes: "public",
    media: "text/html",
    async handle({ context }, parts) {
      const signedIn = await finish(context, parts);
      await openSession(signedIn, context, parts);
      return goTo(signedIn, context);
    },
  }),
];

/** @throws ShardwrightError `sign-in-off` */
function signInOf({ signIn }: CoordinatorParts): SignIn {
  if (signIn === undefined) throw new ShardwrightError("sign-in-off");
  return signIn;
}

/** Who came back; who is not let in is written down. @throws as `SignIn.finish` */
async function finish(context: Context, parts: CoordinatorParts): Promise<SignedIn> {
  const signIn = signInOf(parts);
  const answer = new URL(context.req.url).searchParams;
  return await parts.refusedSignIns.watch(
    ["sign-in-outside", "sign-in-refused", "sign-in-invalid"],
    () => signIn.finish(answer, begunCookieOf(context)),
    ({ code, details: { name, subject, address } }) => {
      if (code === "sign-in-outside") wantAnotherAccount(context, new URL(String(address)));
      return {
        ...(name !== undefined && { name: String(name) }),
        route: routeName(callback),
        object: `the dashboard, by ${signIn.provider}${subject === undefined ? "" : ` (${String(subject)})`}`,
      };
    },
  );
}

async function openSession({ person, grant, lifetime_ms, address, kept }: SignedIn, context: Context, parts: CoordinatorParts) {
  const { signIn, tokens, clock, trustedProxy } = parts;
  const about = {
    name: "session.sign-in",
    actor: { name: person.name, ...grant },
    route: routeName(callback),
    object: `the dashboard, by ${signIn?.provider} (${person.subject})`,
    project: grant.project,
  } as const;
  const session = await audited(about, parts, () => tokens.signInPerson({ name: person.name, ...grant, lifetime_ms }));
  const now_ms = clock.now_ms();
  setCookie(context, session.secret, (session.expires_at_ms ?? now_ms) - now_ms, trustedProxy, address);
  if (kept !== undefined) setKeptCookie(context, kept, lifetime_ms, address);
}

/** What was begun is over: the cookie of it is good for nothing any more. */
function goTo({ to, address }: SignedIn, context: Context): Response {
  setBegunCookie(context, "", address);
  context.header("cache-control", "no-store");
  context.header("referrer-policy", "no-referrer");
  return context.redirect(to.href, 303);
}
