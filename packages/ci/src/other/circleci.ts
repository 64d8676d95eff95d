import { contextOf, jobOf, pipelineKey } from "../description.ts";
import { byEnvironment } from "./by-environment.ts";

/** https://circleci.com/docs/reference/variables/ */
export const circleciProvider = byEnvironment({
  name: "circleci",
  capabilities: { title: "CircleCI", pull_requests: true, forks: true, jobs: true, cancellation: "SIGTERM" },
  detect: (env) => env.CIRCLECI === "true",
  describe(env) {
    const { CIRCLE_PROJECT_USERNAME: owner, CIRCLE_PROJECT_REPONAME: name } = env;
    const pull = env.CIRCLE_PR_NUMBER || /\/(\d+)$/.exec(env.CIRCLE_PULL_REQUEST ?? "")?.[1];
    return {
      context: contextOf({
        provider: "circleci",
        commit: env.CIRCLE_SHA1,
        branch: env.CIRCLE_BRANCH,
        pull_request: pull,
        actor: env.CIRCLE_USERNAME,
        build_url: env.CIRCLE_BUILD_URL,
        repository: owner && name ? `${owner}/${name}` : undefined,
        // The number is set for those from forks alone, the address for all.
        fork: pull === undefined ? undefined : Boolean(env.CIRCLE_PR_NUMBER),
      }),
      // A workflow that is run again has a new id; the workspace and the pipeline stay.
      ...pipelineKey("circleci", [env.CIRCLE_WORKFLOW_WORKSPACE_ID || env.CIRCLE_PIPELINE_ID, env.CIRCLE_JOB]),
      ...jobOf(env.CIRCLE_NODE_INDEX, env.CIRCLE_NODE_TOTAL, 0),
    };
  },
});
