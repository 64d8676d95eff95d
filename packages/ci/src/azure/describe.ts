import { branchName, contextOf, jobOf, pipelineKey, positive } from "../description.ts";
import type { CiDescription, Environment } from "../provider.ts";

/** https://learn.microsoft.com/azure/devops/pipelines/build/variables */
export function describeAzure(env: Environment): CiDescription {
  const collection = collectionOf(env);
  const build = env.BUILD_BUILDID;
  const isPull = env.SYSTEM_PULLREQUEST_PULLREQUESTID !== undefined && env.SYSTEM_PULLREQUEST_PULLREQUESTID !== "";
  return {
    context: contextOf({
      provider: "azure",
      commit: env.SYSTEM_PULLREQUEST_SOURCECOMMITID || env.BUILD_SOURCEVERSION,
      branch: branchName(env.SYSTEM_PULLREQUEST_SOURCEBRANCH || env.BUILD_SOURCEBRANCH),
      pull_request: env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER || env.SYSTEM_PULLREQUEST_PULLREQUESTID,
      actor: env.BUILD_REQUESTEDFOR,
      build_url:
        collection && build
          ? `${collection}${encodeURIComponent(env.SYSTEM_TEAMPROJECT ?? "")}/_build/results?buildId=${build}`
          : undefined,
      attempt: positive(env.SYSTEM_JOBATTEMPT),
      repository: env.BUILD_REPOSITORY_NAME,
      base_branch: branchName(env.SYSTEM_PULLREQUEST_TARGETBRANCH),
      fork: isPull ? env.SYSTEM_PULLREQUEST_ISFORK?.toLowerCase() === "true" : undefined,
    }),
    // Jobs of different stages may bear one name.
    ...pipelineKey("azure", [collection, build, env.SYSTEM_STAGENAME, env.SYSTEM_PHASENAME]),
    ...jobOf(env.SYSTEM_JOBPOSITIONINPHASE, env.SYSTEM_TOTALJOBSINPHASE, 1),
  };
}

/** The organization's address, with a slash at its end. */
export function collectionOf(env: Environment): string | undefined {
  const collection = env.SYSTEM_COLLECTIONURI || env.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI;
  return collection?.replace(/\/*$/, "/");
}
