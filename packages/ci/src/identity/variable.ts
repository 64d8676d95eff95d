import type { Environment, IdentitySource } from "../provider.ts";

/** Named under `id_tokens` in GitLab's configuration, or filled by any other system that signs tokens for its jobs. */
export const idTokenVariable = "SHARDWRIGHT_ID_TOKEN";

export function fromVariable(env: Environment): IdentitySource | undefined {
  const token = env[idTokenVariable]?.trim();
  if (token === undefined || token === "") return undefined;
  return { title: idTokenVariable, fetchIdToken: () => Promise.resolve(token) };
}
