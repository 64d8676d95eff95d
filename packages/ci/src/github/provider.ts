import type { CiProvider } from "../provider.ts";
import { githubAnnotations } from "./annotations.ts";
import { githubComment } from "./comment.ts";
import { describeGithub } from "./describe.ts";
import { startGithubStatus } from "./live-status.ts";
import { fromGithub } from "../identity/github.ts";
import { githubLog } from "./log.ts";
import { githubStatus } from "./status.ts";
import { githubSummary } from "./summary.ts";
import { describeTriggeringRun, triggeringConclusion } from "./triggering-run.ts";

export const githubProvider: CiProvider = {
  name: "github",
  capabilities: {
    title: "GitHub Actions",
    pull_requests: true,
    forks: true,
    attempts: true,
    jobs: false,
    log_groups: true,
    masking: true,
    identity: "asked for",
    cancellation: "SIGINT",
  },
  log: githubLog,
  identity: fromGithub,
  detect: (env) => env.GITHUB_ACTIONS === "true",
  describe: describeGithub,
  describeTrigger: describeTriggeringRun,
  triggerConclusion: triggeringConclusion,
  // The check run before the annotations, which stand in for those of the check run.
  channels: [githubSummary, githubStatus, githubAnnotations, githubComment],
  startStatus: startGithubStatus,
};
