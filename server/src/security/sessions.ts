import { randomBytes } from "node:crypto";
import { type Session, ShardwrightError } from "@shardwright/core";
import type { Context } from "hono";
import { signInLimit_ms } from "./sign-in/begun-cookie.ts";

/** How long somebody stays signed in to the dashboard at most. */
export const longestSession_ms = 12 * 3_600_000;

const cookieName = "shardwright-session";
const begunName = "shardwright-sign-in";
const keptName = "shardwright-signed-in";
/** In the place of what was begun. */
const anotherAccount = "another-account";
/** Only the dashboard's own page can send it: for another site's request browsers would first ask whether it may, and nobody says yes. */
const pageHeader = "shardwright-dashboard";
const reading: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * The secret of a new session names the token that it was made for, which its hash covers: with that token's end the session ends as well.
 * @param parent the token's id, or what stands for the admin token
 */
export function newSessionSecret(parent: string): string {
  return `sws_${parent}.${randomBytes(32).toString("base64url")}`;
}

/** Which token a session was made for; undefined for the secret of anything else. */
export function parentOf(secret: string): string | undefined {
  return /^sws_([\w-]{1,128})\.[\w-]{43}$/.exec(secret)?.[1];
}

/**
 * What a request is let in by: its `Authorization` header, or else the cookie of the page's session. A cookie comes with requests that other
 * sites cause, too, so it stands for nothing but reading unless the page itself is seen to have asked.
 * @throws ShardwrightError `cross-site`
 */
export function credentialOf(context: Context): string | undefined {
  const authorization = context.req.header("authorization");
  if (authorization !== undefined) return authorization;
  const secret = cookieOf(context);
  if (secret === undefined) return undefined;
  refuseOtherSites(context);
  return `Bearer ${secret}`;
}

/** @throws ShardwrightError `cross-site` for what another site may have caused */
export function refuseOtherSites({ req }: Context): void {
  const site = req.header("sec-fetch-site") ?? "same-origin";
  const isOwn = site === "same-origin" || (site === "none" && reading.has(req.method));
  if (!isOwn || (!reading.has(req.method) && req.header(pageHeader) === undefined)) throw new ShardwrightError("cross-site");
}

/** The secret in the session's cookie, if there is one. */
export function cookieOf({ req }: Context): string | undefined {
  return new RegExp(`(?:^|;\\s*)${cookieName}=(sws_[\\w.-]{1,512})(?:;|$)`).exec(req.header("cookie") ?? "")?.[1];
}

/**
 * Keeps the session in the browser, out of the reach of scripts. Without an address it has no path of its own, so that browsers take the one
 * that this was asked for, `…/api/v1`: what is before that is only known to the proxy that put it there.
 * @param address of the dashboard, where it is known
 */
export function setCookie(context: Context, secret: string, lifetime_ms: number, trustedProxy: boolean, address?: URL): void {
  const path = address === undefined ? [] : [`Path=${address.pathname}api/v1`];
  const parts = [cookie(cookieName, secret, lifetime_ms), ...path, "SameSite=Strict"];
  if (address === undefined ? isSecure(context, trustedProxy) : address.protocol === "https:") parts.push("Secure");
  context.header("set-cookie", parts.join("; "), { append: true });
}

export function clearCookie(context: Context, trustedProxy: boolean): void {
  setCookie(context, "", 0, trustedProxy);
}

/**
 * Keeps in the browser what a sign-in has begun with, for the one request that ends it. The browser comes to that from the provider's site,
 * where it takes no strict cookie along.
 * @param sealed empty to forget it
 */
export function setBegunCookie(context: Context, sealed: string, address: URL): void {
  const lifetime_ms = sealed === "" ? 0 : signInLimit_ms;
  const parts = [cookie(begunName, sealed, lifetime_ms), `Path=${address.pathname}api/v1/session`, "SameSite=Lax"];
  if (address.protocol === "https:") parts.push("Secure");
  context.header("set-cookie", parts.join("; "), { append: true });
}

/**
 * Somebody is not let in, and the provider knows them: without a word it would say the same again. So the next sign-in, for as long as one
 * may take, asks for another account.
 */
export function wantAnotherAccount(context: Context, address: URL): void {
  setBegunCookie(context, anotherAccount, address);
}

export function wantsAnotherAccount(context: Context): boolean {
  return begunCookieOf(context) === anotherAccount;
}

/** What is kept in the browser of a sign-in that was begun. */
export function begunCookieOf({ req }: Context): string | undefined {
  return new RegExp(`(?:^|;\\s*)${begunName}=([\\w.-]{1,4096})(?:;|$)`).exec(req.header("cookie") ?? "")?.[1];
}

/**
 * Keeps in the browser, for the one request that signs out, what the provider is told then.
 * @param kept empty to forget it
 */
export function setKeptCookie(context: Context, kept: string, lifetime_ms: number, address: URL): void {
  const path = `Path=${address.pathname}api/v1/session`;
  const parts = [cookie(keptName, kept, kept === "" ? 0 : lifetime_ms), path, "SameSite=Strict"];
  if (address.protocol === "https:") parts.push("Secure");
  context.header("set-cookie", parts.join("; "), { append: true });
}

/** What is kept in the browser of who signed in by way of the provider. */
export function keptCookieOf({ req }: Context): string | undefined {
  return new RegExp(`(?:^|;\\s*)${keptName}=([\\w.-]{1,4096})(?:;|$)`).exec(req.header("cookie") ?? "")?.[1];
}

function cookie(name: string, value: string, lifetime_ms: number): string {
  return `${name}=${value}; Max-Age=${Math.ceil(lifetime_ms / 1000)}; HttpOnly`;
}

function isSecure({ req }: Context, trustedProxy: boolean): boolean {
  if (trustedProxy && req.header("x-forwarded-proto") !== undefined) return req.header("x-forwarded-proto") === "https";
  return req.url.startsWith("https:");
}

/** What is told of a session, or of a token that is used as one. */
export function sessionOf(
  { name, scope, project, expires_at_ms }: { name: string; scope: Session["scope"]; project?: string; expires_at_ms?: number },
  now_ms: number,
): Session {
  return {
    name,
    scope,
    ...(project !== undefined && { project }),
    ...(expires_at_ms !== undefined && { expires_in_ms: Math.max(0, expires_at_ms - now_ms) }),
  };
}
