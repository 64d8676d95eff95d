import { contextOf, pipelineKey } from "../description.ts";
import { byEnvironment } from "./by-environment.ts";

/** https://docs.drone.io/pipeline/environment/reference/ */
export const droneProvider = byEnvironment({
  name: "drone",
  capabilities: { title: "Drone", pull_requests: true },
  detect: (env) => env.DRONE === "true",
  describe: (env) => ({
    context: contextOf({
      provider: "drone",
      commit: env.DRONE_COMMIT_SHA,
      branch: env.DRONE_SOURCE_BRANCH || env.DRONE_BRANCH,
      pull_request: env.DRONE_PULL_REQUEST,
      actor: env.DRONE_COMMIT_AUTHOR,
      build_url: env.DRONE_BUILD_LINK,
      repository: env.DRONE_REPO,
      base_branch: env.DRONE_PULL_REQUEST ? env.DRONE_TARGET_BRANCH : undefined,
    }),
    ...pipelineKey("drone", [env.DRONE_REPO, env.DRONE_BUILD_NUMBER]),
  }),
});
