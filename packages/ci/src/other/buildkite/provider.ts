import { contextOf, jobOf, pipelineKey, repositoryName } from "../../description.ts";
import type { CiDescription, Environment, LogDialect } from "../../provider.ts";
import { byEnvironment, isOther, pullNumber } from "../by-environment.ts";
import { annotationChannel } from "./annotation.ts";

/** https://buildkite.com/docs/pipelines/configure/managing-log-output: a line that begins so opens a group, which the next one closes. */
const buildkiteLog: LogDialect = {
  group: (title) => ({ open: `--- ${title}\n`, close: "~~~ \n" }),
  neutralise: (text) => text.replaceAll(/^([^\S\n]*)(---|\+\+\+|~~~|\^\^\^)(?= )/gm, "$1\u200B$2"),
};

export const buildkiteProvider = byEnvironment({
  name: "buildkite",
  capabilities: {
    title: "Buildkite",
    pull_requests: true,
    forks: true,
    attempts: true,
    jobs: true,
    log_groups: true,
    cancellation: "SIGTERM",
  },
  log: buildkiteLog,
  detect: (env) => env.BUILDKITE === "true",
  describe,
  channels: [annotationChannel],
});

/** https://buildkite.com/docs/pipelines/configure/environment-variables */
function describe(env: Environment): CiDescription {
  const pull = pullNumber(env.BUILDKITE_PULL_REQUEST);
  const retries = Number(env.BUILDKITE_RETRY_COUNT);
  const repository = repositoryName(env.BUILDKITE_REPO);
  return {
    context: contextOf({
      provider: "buildkite",
      // A build that somebody starts without a commit has HEAD until its first job has looked.
      commit: env.BUILDKITE_COMMIT === "HEAD" ? undefined : env.BUILDKITE_COMMIT,
      branch: env.BUILDKITE_BRANCH,
      pull_request: pull,
      actor: env.BUILDKITE_BUILD_CREATOR,
      build_url: env.BUILDKITE_BUILD_URL,
      attempt: env.BUILDKITE_RETRY_COUNT && Number.isSafeInteger(retries) && retries >= 0 ? retries + 1 : undefined,
      repository,
      base_branch: env.BUILDKITE_PULL_REQUEST_BASE_BRANCH,
      fork: isOther(pull, repositoryName(env.BUILDKITE_PULL_REQUEST_REPO), repository),
    }),
    ...pipelineKey("buildkite", [env.BUILDKITE_BUILD_ID, env.BUILDKITE_STEP_ID]),
    ...jobOf(env.BUILDKITE_PARALLEL_JOB, env.BUILDKITE_PARALLEL_JOB_COUNT, 0),
  };
}
