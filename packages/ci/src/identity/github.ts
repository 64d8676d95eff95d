import { reasonOf, ShardwrightError } from "@shardwright/core";
import { HttpRefusal, type PoliteFetch } from "../http/polite-fetch.ts";
import type { Environment, IdentitySource } from "../provider.ts";

/**
 * GitHub's service for jobs with `permissions: id-token: write`, as its runner tells of it
 * (https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token).
 */
export function fromGithub(env: Environment, fetch: PoliteFetch): IdentitySource | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env;
  if (address === undefined || secret === undefined || secret === "" || !URL.canParse(address)) return undefined;
  return {
    title: "GitHub's token service",
    async fetchIdToken(audience) {
      const url = new URL(address);
      url.searchParams.set("audience", audience);
      const headers = { authorization: `Bearer ${secret}`, accept: "application/json" };
      try {
        const { text } = await fetch(url.href, { method: "GET", headers, repeatable: true });
        return valueIn(text);
      } catch (error) {
        if (error instanceof ShardwrightError) throw error;
        // What it answered may hold what should not be shown.
        const reason = error instanceof HttpRefusal && error.status > 0 ? `status ${error.status}` : reasonOf(error);
        throw new ShardwrightError("identity-unavailable", { reason }, { cause: error });
      }
    },
  };
}

function valueIn(text: string): string {
  let value: unknown;
  try {
    ({ value } = JSON.parse(text) as { value?: unknown });
  } catch {
    // Said below: without a value, whatever came is no answer.
  }
  if (typeof value === "string" && value !== "") return value;
  throw new ShardwrightError("identity-unavailable", { reason: "its answer has no value" });
}
