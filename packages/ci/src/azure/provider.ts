import { branchName, contextOf, jobOf, pipelineKey, positive } from "../description.ts";
import type { CiDescription, CiProvider, Environment } from "../provider.ts";

export const azureProvider: CiProvider = {
  name: "azure",
  capabilities: {
    title: "Azure Pipelines",
    pull_requests: true,
    forks: true,
    attempts: true,
    jobs: true,
    log_groups: true,
    masking: true,
    cancellation: "SIGINT",
  },
  log: {
    group: (title) => ({ open: `##[group]${title}\n`, close: "##[endgroup]\n" }),
    // `##vso[command]` is obeyed anywhere in a line.
    neutralise: (text) => text.replaceAll(/##(vso)?\[/g, (command) => `#\u200B${command.slice(1)}`),
    mask: (secret) => `##vso[task.setsecret]${secret.replaceAll("%", "%AZP25").replaceAll("\r", "%0D").replaceAll("\n", "%0A")}`,
  },
  detect: (env) => env.TF_BUILD !== undefined && env.TF_BUILD !== "",
  describe,
  channels: [],
};

/** https://learn.microsoft.com/azure/devops/pipelines/build/variables */
function describe(env: Environment): CiDescription {
  const collection = env.SYSTEM_COLLECTIONURI ?? env.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI;
  const build = env.BUILD_BUILDID;
  const isPull = env.SYSTEM_PULLREQUEST_PULLREQUESTID !== undefined && env.SYSTEM_PULLREQUEST_PULLREQUESTID !== "";
  return {
    context: contextOf({
      provider: "azure",
      commit: env.SYSTEM_PULLREQUEST_SOURCECOMMITID || env.BUILD_SOURCEVERSION,
      branch: branchName(env.SYSTEM_PULLREQUEST_SOURCEBRANCH || env.BUILD_SOURCEBRANCH),
      pull_request: env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER || env.SYSTEM_PULLREQUEST_PULLREQUESTID,
      actor: env.BUILD_REQUESTEDFOR,
      build_url: collection && build ? `${collection}${env.SYSTEM_TEAMPROJECT ?? ""}/_build/results?buildId=${build}` : undefined,
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
