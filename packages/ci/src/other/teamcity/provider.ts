import { branchName, contextOf, jobOf, pipelineKey } from "../../description.ts";
import type { CiDescription, Environment, LogDialect } from "../../provider.ts";
import { byEnvironment } from "../by-environment.ts";
import { serviceMessage } from "./message.ts";
import { teamcityParameters } from "./properties.ts";
import { resultsChannel } from "./results.ts";
import { statusChannel } from "./status.ts";

const teamcityLog: LogDialect = {
  group: (name) => ({
    open: `${serviceMessage("blockOpened", { name })}\n`,
    close: `${serviceMessage("blockClosed", { name })}\n`,
  }),
  // It is obeyed anywhere in a line.
  neutralise: (text) => text.replaceAll("##teamcity[", "##\u200Bteamcity["),
};

export const teamcityProvider = byEnvironment({
  name: "teamcity",
  capabilities: { title: "TeamCity", pull_requests: true, jobs: true, log_groups: true },
  log: teamcityLog,
  detect: (env) => Boolean(env.TEAMCITY_VERSION),
  describe,
  channels: [resultsChannel, statusChannel],
});

function describe(env: Environment): CiDescription {
  const parameters = teamcityParameters(env);
  const batch = jobOf(
    parameters.get("teamcity.build.parallelTests.currentBatch"),
    parameters.get("teamcity.build.parallelTests.totalBatches"),
    1,
  );
  const server = parameters.get("teamcity.serverUrl");
  const build = parameters.get("teamcity.build.id");
  return {
    context: contextOf({
      provider: "teamcity",
      commit: env.BUILD_VCS_NUMBER,
      branch: branchName(parameters.get("teamcity.pullRequest.source.branch") || parameters.get("teamcity.build.branch")),
      pull_request: parameters.get("teamcity.pullRequest.number"),
      actor: parameters.get("teamcity.build.triggeredBy.username"),
      build_url: env.BUILD_URL || (server && build ? `${server}/build/${build}` : undefined),
      base_branch: branchName(parameters.get("teamcity.pullRequest.target.branch")),
    }),
    // The batches of one build are builds of their own, and nothing tells them what they have in common.
    ...(batch.job === undefined && pipelineKey("teamcity", [server, build])),
    ...batch,
  };
}
