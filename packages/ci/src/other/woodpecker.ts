import { contextOf, pipelineKey } from "../description.ts";
import { byEnvironment } from "./by-environment.ts";

/** https://woodpecker-ci.org/docs/usage/environment */
export const woodpeckerProvider = byEnvironment({
  name: "woodpecker",
  capabilities: { title: "Woodpecker", pull_requests: true },
  detect: (env) => env.CI === "woodpecker",
  describe: (env) => ({
    context: contextOf({
      provider: "woodpecker",
      commit: env.CI_COMMIT_SHA,
      branch: env.CI_COMMIT_SOURCE_BRANCH || env.CI_COMMIT_BRANCH,
      pull_request: env.CI_COMMIT_PULL_REQUEST,
      actor: env.CI_COMMIT_AUTHOR,
      build_url: env.CI_PIPELINE_URL,
      repository: env.CI_REPO,
      base_branch: env.CI_COMMIT_PULL_REQUEST ? env.CI_COMMIT_TARGET_BRANCH : undefined,
    }),
    ...pipelineKey("woodpecker", [env.CI_REPO, env.CI_PIPELINE_NUMBER]),
  }),
});
