import type { CiProvider } from "../provider.ts";
import { describeGithub } from "./describe.ts";
import { githubLog } from "./log.ts";

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
  detect: (env) => env.GITHUB_ACTIONS === "true",
  describe: describeGithub,
  channels: [],
};
