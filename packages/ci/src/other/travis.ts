import { contextOf, pipelineKey } from "../description.ts";
import type { LogDialect } from "../provider.ts";
import { byEnvironment, isOther, pullNumber } from "./by-environment.ts";

/** Folds by lines that are erased as soon as they are read; https://docs.travis-ci.com has no page on them, its own build scripts do. */
const travisLog: LogDialect = {
  group: (title, id) => ({ open: `travis_fold:start:${id}\r\u001B[0K${title}\n`, close: `travis_fold:end:${id}\r\u001B[0K` }),
  neutralise: (text) => text.replaceAll(/travis_(fold|time):/g, "travis\u200B_$1:"),
};

/** https://docs.travis-ci.com/user/environment-variables/ */
export const travisProvider = byEnvironment({
  name: "travis",
  capabilities: { title: "Travis CI", pull_requests: true, forks: true, log_groups: true },
  log: travisLog,
  detect: (env) => env.TRAVIS === "true",
  describe(env) {
    const pull = pullNumber(env.TRAVIS_PULL_REQUEST);
    return {
      context: contextOf({
        provider: "travis",
        // For a pull request the plain variables speak of the merge commit and of the target.
        commit: env.TRAVIS_PULL_REQUEST_SHA || env.TRAVIS_COMMIT,
        branch: env.TRAVIS_PULL_REQUEST_BRANCH || env.TRAVIS_BRANCH,
        pull_request: pull,
        build_url: env.TRAVIS_BUILD_WEB_URL,
        repository: env.TRAVIS_REPO_SLUG,
        base_branch: pull === undefined ? undefined : env.TRAVIS_BRANCH,
        fork: isOther(pull, env.TRAVIS_PULL_REQUEST_SLUG, env.TRAVIS_REPO_SLUG),
      }),
      ...pipelineKey("travis", [env.TRAVIS_REPO_SLUG, env.TRAVIS_BUILD_ID, env.TRAVIS_BUILD_STAGE_NAME]),
    };
  },
});
