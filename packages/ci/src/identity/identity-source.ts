import type { PoliteFetch } from "../http/polite-fetch.ts";
import type { Environment } from "../provider.ts";
import { fromGithub } from "./github.ts";
import { fromVariable } from "./variable.ts";

/** Where a job gets what its CI system says of it, signed. */
export interface IdentitySource {
  /** For people: `GitHub's token service`. */
  readonly title: string;
  /**
   * A JSON Web Token that names the job.
   * @param audience whom it is for; a source that has one already gives that
   * @throws ShardwrightError `identity-unavailable`
   */
  readonly fetchIdToken: (audience: string) => Promise<string>;
}

/** What this job can show of who it is: the token that its configuration asked for, else GitHub's service; undefined where it has neither. */
export function identitySource(env: Environment, fetch: PoliteFetch): IdentitySource | undefined {
  return fromVariable(env) ?? fromGithub(env, fetch);
}
