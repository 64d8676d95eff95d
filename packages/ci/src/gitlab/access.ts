import type { Environment } from "../provider.ts";
import type { Session } from "../publishing/channel.ts";

/** What is needed to write to GitLab. */
export interface GitlabAccess {
  /** Without `/api/v4`. */
  readonly host: string;
  readonly token: string;
  readonly project: string;
}

const wanted =
  "it needs a token with the scope api as SHARDWRIGHT_CI_TOKEN, such as a project access token in a masked CI/CD variable: a job's own CI_JOB_TOKEN may write neither statuses nor comments";

/**
 * Who writes, and where; or why nobody can, for people. A job token is not tried: of these parts of the API it may only read some
 * (https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access).
 */
export function gitlabAccess({ env, token }: Pick<Session, "env" | "token">): GitlabAccess | string {
  const secret = token ?? env.GITLAB_TOKEN;
  if (secret === undefined || secret === "") return wanted;
  const { CI_API_V4_URL: api, CI_PROJECT_ID: project } = env;
  if (api === undefined || !api.endsWith("/api/v4") || !URL.canParse(api))
    return "CI_API_V4_URL does not say where GitLab's API is";
  if (project === undefined || project === "") return "CI_PROJECT_ID is not set";
  return { host: api.slice(0, -"/api/v4".length), token: secret, project };
}

/** A merge request, by the project it goes to. */
export interface MergeRequest {
  readonly project: string;
  readonly iid: number;
}

/** The merge request that a job is about: its pipeline's own, else the first that is open for its branch. */
export function mergeRequestOf(env: Environment): MergeRequest | undefined {
  const own = Number(env.CI_MERGE_REQUEST_IID);
  const project = env.CI_MERGE_REQUEST_PROJECT_ID || env.CI_PROJECT_ID;
  if (Number.isSafeInteger(own) && own > 0 && project !== undefined && project !== "") return { project, iid: own };
  const [, path, iid] = /^([^!,\s]+)!(\d{1,10})(?:,|$)/.exec(env.CI_OPEN_MERGE_REQUESTS ?? "") ?? [];
  return path === undefined ? undefined : { project: path, iid: Number(iid) };
}
