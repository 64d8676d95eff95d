import type { CiProvider } from "../provider.ts";
import { annotationsChannel } from "./annotations.ts";
import { commentChannel } from "./comment.ts";
import { describeAzure } from "./describe.ts";
import { azureLog } from "./log.ts";
import { resultsChannel } from "./results/channel.ts";
import { startAzureStatus, statusChannel } from "./status.ts";
import { summaryChannel } from "./summary.ts";

/**
 * It proves no identity to others than Azure itself: the tokens that `System.OidcRequestUri` gives are made for a service connection, and
 * for Microsoft Entra as their only audience. A coordinator that took one would take what is meant for somebody else.
 */
export const azureProvider: CiProvider = {
  name: "azure",
  capabilities: {
    title: "Azure Pipelines",
    pull_requests: true,
    forks: true,
    attempts: true,
    jobs: true,
    log_groups: true,
    masking: true,
    // The agent interrupts the task, and the task ends its script with this one.
    cancellation: "SIGTERM",
  },
  log: azureLog,
  detect: (env) => env.TF_BUILD !== undefined && env.TF_BUILD !== "",
  describe: describeAzure,
  channels: [summaryChannel, annotationsChannel, statusChannel, commentChannel, resultsChannel],
  startStatus: startAzureStatus,
};
