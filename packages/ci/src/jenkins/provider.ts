import { plainLog } from "../other/plain-log.ts";
import { contextOf, pipelineKey, repositoryName } from "../description.ts";
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
  // A server whose address nobody has entered sets no JENKINS_URL.
  detect: (env) => Boolean(env.BUILD_ID) && (Boolean(env.JENKINS_URL) || env.BUILD_TAG?.startsWith("jenkins-") === true),
  describe,
  channels: [],
};

/**
 * https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, of the git plugin `GIT_…`, of the branch source
 * plugins `CHANGE_…`. There is no number of an attempt: whatever is run again, restarted from a stage or replayed is a new build.
 */
function describe(env: Environment): CiDescription {
  return {
    context: contextOf({
      provider: "jenkins",
      commit: env.GIT_COMMIT,
      branch: (env.CHANGE_BRANCH || env.BRANCH_NAME || env.GIT_BRANCH)?.replace(/^origin\//, ""),
      pull_request: env.CHANGE_ID,
      actor: env.CHANGE_AUTHOR || env.BUILD_USER_ID,
      build_url: env.BUILD_URL,
      repository: repositoryName(env.GIT_URL || env.GIT_URL_1),
      base_branch: env.CHANGE_TARGET,
      fork: env.CHANGE_ID === undefined ? undefined : env.CHANGE_FORK !== undefined && env.CHANGE_FORK !== "",
    }),
    ...pipelineKey("jenkins", [env.JENKINS_URL, env.JOB_NAME, env.BUILD_ID]),
  };
}
