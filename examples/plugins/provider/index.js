// @ts-check
import { definePlugin } from "@shardwright/plugin";

/** @type {import("@shardwright/plugin").CiProvider} */
export const buildkite = {
  name: "buildkite",
  capabilities: {
    title: "Buildkite",
    pull_requests: true,
    forks: false,
    attempts: true,
    jobs: true,
    log_groups: true,
    masking: false,
    cancellation: "SIGTERM",
  },
  // https://buildkite.com/docs/pipelines/configure/managing-log-output
  log: {
    group: (title) => ({ open: `--- ${title}\n`, close: "" }),
    neutralise: (text) => text.replaceAll(/^(---|\+\+\+|~~~|\^\^\^) /gm, "\u200B$1 "),
  },
  detect: (env) => env.BUILDKITE === "true",
  // https://buildkite.com/docs/pipelines/configure/environment-variables
  describe(env) {
    const pull = env.BUILDKITE_PULL_REQUEST;
    const attempt = Number(env.BUILDKITE_RETRY_COUNT ?? 0) + 1;
    return {
      context: {
        provider: "buildkite",
        ...(env.BUILDKITE_COMMIT && { commit: env.BUILDKITE_COMMIT }),
        ...(env.BUILDKITE_BRANCH && { branch: env.BUILDKITE_BRANCH }),
        ...(pull && pull !== "false" && { pull_request: pull }),
        ...(env.BUILDKITE_BUILD_URL && { build_url: env.BUILDKITE_BUILD_URL }),
        ...(Number.isSafeInteger(attempt) && { attempt }),
      },
      ...(env.BUILDKITE_BUILD_ID && { pipelineKey: `buildkite:${env.BUILDKITE_BUILD_ID}:${env.BUILDKITE_STEP_KEY ?? ""}` }),
      ...(env.BUILDKITE_PARALLEL_JOB_COUNT && {
        job: { index: Number(env.BUILDKITE_PARALLEL_JOB), total: Number(env.BUILDKITE_PARALLEL_JOB_COUNT) },
      }),
    };
  },
  channels: [],
};

export default definePlugin({
  name: "shardwright-plugin-buildkite",
  version: "1.0.0",
  shardwright: "^0.1",
  setup: (api) => api.provider(buildkite),
});
