import { contextOf, jobOf, pipelineKey } from "../description.ts";
import type { CiDescription, CiProvider, Environment } from "../provider.ts";
import { lackingChannel } from "../publishing/lacking.ts";
import { gitlabComment } from "./comment.ts";
import { gitlabResults } from "./results.ts";
import { gitlabStatus } from "./status.ts";

export const gitlabProvider: CiProvider = {
  name: "gitlab",
  capabilities: {
    title: "GitLab CI/CD",
    pull_requests: true,
    forks: true,
    attempts: false,
    jobs: true,
    log_groups: true,
    masking: false,
    identity: "variable",
    cancellation: "SIGTERM",
  },
  log: {
    group: (title, id, at_s) => ({
      open: `\u001B[0Ksection_start:${at_s}:${id}[collapsed=true]\r\u001B[0K${title}\n`,
      close: `\u001B[0Ksection_end:${at_s}:${id}\r\u001B[0K\n`,
    }),
    neutralise: (text) => text.replaceAll(/section_(start|end):/g, "section\u200B_$1:"),
  },
  detect: (env) => env.GITLAB_CI === "true",
  describe,
  channels: [
    gitlabResults,
    gitlabStatus,
    gitlabComment,
    lackingChannel(
      "summary",
      "job summary",
      "GitLab's jobs have no page of their own for it: the comment on the merge request tells the same, and artifacts:expose_as links the HTML report there",
    ),
    lackingChannel(
      "annotations",
      "annotations",
      "GitLab shows nothing of tests beside a line of the source (its code quality reports are for linters): the test report names file and failure",
    ),
  ],
};

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function describe(env: Environment): CiDescription {
  return {
    context: contextOf({
      provider: "gitlab",
      commit: env.CI_COMMIT_SHA,
      branch: env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME || env.CI_COMMIT_REF_NAME,
      // The number people see and the notes API wants, not the global id.
      pull_request: env.CI_MERGE_REQUEST_IID,
      actor: env.GITLAB_USER_LOGIN,
      build_url: env.CI_PIPELINE_URL,
      repository: env.CI_PROJECT_PATH,
      base_branch: env.CI_MERGE_REQUEST_TARGET_BRANCH_NAME,
      base_commit: env.CI_MERGE_REQUEST_DIFF_BASE_SHA,
      fork:
        env.CI_MERGE_REQUEST_IID === undefined
          ? undefined
          : env.CI_MERGE_REQUEST_SOURCE_PROJECT_ID !== env.CI_MERGE_REQUEST_PROJECT_ID,
    }),
    ...pipelineKey("gitlab", [env.CI_PROJECT_PATH, env.CI_PIPELINE_ID, env.CI_JOB_NAME?.replace(/ \d+\/\d+$/, "")]),
    ...jobOf(env.CI_NODE_INDEX, env.CI_NODE_TOTAL, 1),
  };
}
