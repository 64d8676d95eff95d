import { createHash } from "node:crypto";
import type { SignInOptions } from "./options.ts";

/** What the browser is sent back to, below the dashboard's address. Providers have to know it. */
export const callback = "api/v1/session/callback";

/** What has to be registered at the provider. */
export function redirectUris({ addresses }: SignInOptions): string[] {
  return addresses.map((address) => new URL(callback, address).href);
}

/** Stands for the provider in the sessions that were made by way of it: with another one, or none, they end. */
export function providerStandIn({ issuer, client_id }: SignInOptions): string {
  return `oidc-${createHash("sha256")
    .update(JSON.stringify([issuer, client_id]))
    .digest("hex")
    .slice(0, 16)}`;
}
