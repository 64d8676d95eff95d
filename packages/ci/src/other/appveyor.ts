import { contextOf, pipelineKey } from "../description.ts";
import { byEnvironment, isOther } from "./by-environment.ts";

/** https://www.appveyor.com/docs/environment-variables/ */
export const appveyorProvider = byEnvironment({
  name: "appveyor",
  capabilities: { title: "AppVeyor", pull_requests: true, forks: true },
  detect: (env) => env.APPVEYOR?.toLowerCase() === "true",
  describe(env) {
    const pull = env.APPVEYOR_PULL_REQUEST_NUMBER || undefined;
    const project = [env.APPVEYOR_ACCOUNT_NAME, env.APPVEYOR_PROJECT_SLUG].filter(Boolean).join("/");
    const { APPVEYOR_URL: server, APPVEYOR_BUILD_ID: build } = env;
    return {
      context: contextOf({
        provider: "appveyor",
        commit: env.APPVEYOR_PULL_REQUEST_HEAD_COMMIT || env.APPVEYOR_REPO_COMMIT,
        branch: env.APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH || env.APPVEYOR_REPO_BRANCH,
        pull_request: pull,
        actor: env.APPVEYOR_REPO_COMMIT_AUTHOR,
        build_url: server && build ? `${server}/project/${project}/builds/${build}` : undefined,
        repository: env.APPVEYOR_REPO_NAME,
        base_branch: pull === undefined ? undefined : env.APPVEYOR_REPO_BRANCH,
        fork: isOther(pull, env.APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME, env.APPVEYOR_REPO_NAME),
      }),
      ...pipelineKey("appveyor", [project, build]),
    };
  },
});
