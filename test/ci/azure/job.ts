import { join } from "node:path";
import {
  politeFetch,
  providers,
  publicationOf,
  publish,
  type ChannelName,
  type CiProvider,
  type Environment,
  type Session,
} from "@shardwright/ci";
import type { RunContext, RunReport } from "@shardwright/core";
import { agentCommands, type AgentCommand } from "./agent-commands.ts";
import { startAzureDevOps, type AzureDevOps, type AzureDevOpsOptions } from "./server.ts";

/** A job's token has this shape. */
export const jobToken = "header.claims.signature";
export const commit = "0123456789abcdef0123456789abcdef01234567";
export const azureProvider = providers.find(({ name }) => name === "azure") as CiProvider;

/** The environment of a job that builds pull request 22 of a repository in Azure Repos. */
export function jobEnvironment(collection: string, more: Environment = {}): Environment {
  return {
    TF_BUILD: "True",
    SYSTEM_COLLECTIONURI: collection,
    SYSTEM_TEAMPROJECT: "My Shop",
    SYSTEM_ACCESSTOKEN: jobToken,
    SYSTEM_STAGENAME: "tests",
    SYSTEM_STAGEATTEMPT: "1",
    SYSTEM_PHASENAME: "unit",
    SYSTEM_PHASEATTEMPT: "1",
    SYSTEM_JOBNAME: "unit",
    SYSTEM_JOBATTEMPT: "1",
    SYSTEM_JOBPOSITIONINPHASE: "1",
    SYSTEM_TOTALJOBSINPHASE: "1",
    SYSTEM_PULLREQUEST_PULLREQUESTID: "22",
    SYSTEM_PULLREQUEST_SOURCECOMMITID: commit,
    SYSTEM_PULLREQUEST_SOURCEBRANCH: "refs/heads/sums",
    SYSTEM_PULLREQUEST_TARGETBRANCH: "refs/heads/main",
    SYSTEM_PULLREQUEST_ISFORK: "False",
    BUILD_BUILDID: "7",
    BUILD_REPOSITORY_PROVIDER: "TfsGit",
    BUILD_REPOSITORY_ID: "3411ebc1-d5aa-464f-9615-0b527bc66719",
    BUILD_SOURCESDIRECTORY: join(import.meta.dirname, "..", "..", ".."),
    ...more,
  };
}

export interface Job {
  readonly azure: AzureDevOps;
  readonly session: Session;
  /** What it has waited for so far, by its own clock. */
  readonly waited_ms: () => number;
  /** What the agent was told. */
  readonly commands: () => AgentCommand[];
  readonly publish: (report: RunReport, wanted?: readonly ChannelName[]) => ReturnType<typeof publish>;
  readonly close: () => Promise<void>;
}

/** A job beside a server of its own; time passes in it by waiting alone. */
export async function startJob(more: Environment = {}, options: Partial<AzureDevOpsOptions & Session> = {}): Promise<Job> {
  const azure = await startAzureDevOps({ token: jobToken, ...options });
  const environment = jobEnvironment(azure.collection, more);
  const lines: string[] = [];
  let now_ms = 1_700_000_000_000;
  const begun_ms = now_ms;
  const signal = AbortSignal.timeout(50_000);
  const session: Session = {
    env: environment,
    name: "Shardwright",
    fetch: politeFetch({
      signal,
      now_ms: () => now_ms,
      random: () => 0.5,
      wait: (ms) => {
        now_ms += ms;
        return Promise.resolve();
      },
    }),
    write: (line) => void lines.push(line),
    now_ms: () => now_ms,
    signal,
    ...options,
    token: undefined,
  };
  return {
    azure,
    session,
    waited_ms: () => now_ms - begun_ms,
    commands: () => agentCommands(lines.join("\n")),
    publish: (report, wanted) => publish(azureProvider, publicationOf(withContext(report, environment)), session, wanted),
    close: () => azure.close(),
  };
}

/** The report as a run in this job leaves it. */
function withContext(report: RunReport, environment: Environment): RunReport {
  const context: RunContext = azureProvider.describe(environment).context;
  return { ...report, run: { ...report.run, context } };
}
