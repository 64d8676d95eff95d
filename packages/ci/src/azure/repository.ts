import type { Session } from "../publishing/channel.ts";
import { serviceUnavailable } from "./service.ts";

/** Statuses and comments are Azure Repos' alone; of a repository elsewhere Azure Pipelines tells its own result there. */
export function repositoryUnavailable(session: Session): string | undefined {
  const { env, token } = session;
  const kind = env.BUILD_REPOSITORY_PROVIDER;
  if (kind !== "TfsGit" || !env.BUILD_REPOSITORY_ID)
    return `the repository is not in Azure Repos${kind ? ` (it is ${kind})` : ""}; Azure Pipelines itself reports the build there`;
  if (env.SYSTEM_PULLREQUEST_ISFORK?.toLowerCase() === "true" && token === undefined)
    return "the change comes from a fork, whose job may not write to the repository";
  return serviceUnavailable(session);
}

/** Below the project: the repository's part of the API. */
export function repositoryPath({ env }: Pick<Session, "env">): string {
  return `_apis/git/repositories/${encodeURIComponent(env.BUILD_REPOSITORY_ID ?? "")}`;
}

/** The number of the pull request; undefined where this is none. */
export function pullRequest({ env }: Pick<Session, "env">): string | undefined {
  const id = env.SYSTEM_PULLREQUEST_PULLREQUESTID;
  return id !== undefined && /^\d+$/.test(id) ? id : undefined;
}
