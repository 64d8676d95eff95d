import { contextOf, jobOf, pipelineKey } from "../description.ts";
import { byEnvironment, isOther } from "./by-environment.ts";

/** https://docs.semaphore.io/reference/env-vars */
export const semaphoreProvider = byEnvironment({
  name: "semaphore",
  capabilities: { title: "Semaphore", pull_requests: true, forks: true, jobs: true },
  detect: (env) => env.SEMAPHORE === "true",
  describe(env) {
    const pull = env.SEMAPHORE_GIT_PR_NUMBER || undefined;
    const { SEMAPHORE_ORGANIZATION_URL: organization, SEMAPHORE_WORKFLOW_ID: workflow } = env;
    return {
      context: contextOf({
        provider: "semaphore",
        commit: env.SEMAPHORE_GIT_PR_SHA || env.SEMAPHORE_GIT_SHA,
        branch: env.SEMAPHORE_GIT_PR_BRANCH || env.SEMAPHORE_GIT_BRANCH,
        pull_request: pull,
        actor: env.SEMAPHORE_GIT_COMMIT_AUTHOR,
        build_url: organization && workflow ? `${organization}/workflows/${workflow}` : undefined,
        repository: env.SEMAPHORE_GIT_REPO_SLUG,
        base_branch: pull === undefined ? undefined : env.SEMAPHORE_GIT_BRANCH,
        fork: isOther(pull, env.SEMAPHORE_GIT_PR_SLUG, env.SEMAPHORE_GIT_REPO_SLUG),
      }),
      // Failed jobs that are run again are a new pipeline of the same workflow.
      ...pipelineKey("semaphore", [env.SEMAPHORE_PROJECT_ID, workflow, env.SEMAPHORE_BLOCK_NAME]),
      ...jobOf(env.SEMAPHORE_JOB_INDEX, env.SEMAPHORE_JOB_COUNT, 1),
    };
  },
});
