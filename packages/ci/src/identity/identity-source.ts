import { detectProvider } from "../environment.ts";
import type { PoliteFetch } from "../http/polite-fetch.ts";
import type { Environment, IdentitySource } from "../provider.ts";
import { fromVariable } from "./variable.ts";

/** What this job can show of who it is: the token that its configuration asked for, else its CI system's service; undefined where it has neither. */
export function identitySource(env: Environment, fetch: PoliteFetch): IdentitySource | undefined {
  return fromVariable(env) ?? detectProvider(env).identity?.(env, fetch);
}
