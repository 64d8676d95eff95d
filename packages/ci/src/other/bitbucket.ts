import { contextOf, jobOf, pipelineKey, positive } from "../description.ts";
import { byEnvironment } from "./by-environment.ts";

/** https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/ */
export const bitbucketProvider = byEnvironment({
  name: "bitbucket",
  capabilities: { title: "Bitbucket Pipelines", pull_requests: true, attempts: true, jobs: true },
  detect: (env) => Boolean(env.BITBUCKET_BUILD_NUMBER) && Boolean(env.BITBUCKET_COMMIT),
  describe(env) {
    const { BITBUCKET_REPO_FULL_NAME: repository, BITBUCKET_BUILD_NUMBER: build } = env;
    return {
      context: contextOf({
        provider: "bitbucket",
        commit: env.BITBUCKET_COMMIT,
        branch: env.BITBUCKET_BRANCH,
        pull_request: env.BITBUCKET_PR_ID,
        build_url: repository && build ? `https://bitbucket.org/${repository}/pipelines/results/${build}` : undefined,
        attempt: positive(env.BITBUCKET_STEP_RUN_NUMBER),
        repository,
        base_branch: env.BITBUCKET_PR_DESTINATION_BRANCH,
        base_commit: env.BITBUCKET_PR_DESTINATION_COMMIT,
      }),
      ...pipelineKey("bitbucket", [repository, build]),
      ...jobOf(env.BITBUCKET_PARALLEL_STEP, env.BITBUCKET_PARALLEL_STEP_COUNT, 0),
    };
  },
});
