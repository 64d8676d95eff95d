import { plainLog } from "../other/provider.ts";
import { contextOf, pipelineKey } from "../description.ts";
import type { CiDescription, CiProvider, Environment } from "../provider.ts";

export const jenkinsProvider: CiProvider = {
  name: "jenkins",
  capabilities: {
    title: "Jenkins",
    pull_requests: true,
    forks: true,
    attempts: false,
    jobs: false,
    log_groups: false,
    masking: false,
    cancellation: "SIGTERM",
  },
  log: plainLog,
  detect: (env) => env.JENKINS_URL !== undefined && env.BUILD_ID !== undefined,
  describe,
  channels: [],
};

/** https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, and of the branch source plugins `CHANGE_…` */
function describe(env: Environment): CiDescription {
  return {
    context: contextOf({
      provider: "jenkins",
      commit: env.GIT_COMMIT,
      branch: (env.CHANGE_BRANCH || env.BRANCH_NAME || env.GIT_BRANCH)?.replace(/^origin\//, ""),
      pull_request: env.CHANGE_ID,
      actor: env.CHANGE_AUTHOR,
      build_url: env.BUILD_URL,
      base_branch: env.CHANGE_TARGET,
      fork: env.CHANGE_ID === undefined ? undefined : env.CHANGE_FORK !== undefined && env.CHANGE_FORK !== "",
    }),
    ...pipelineKey("jenkins", [env.JOB_NAME, env.BUILD_ID]),
  };
}
