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
import { environmentOf, jobToken, jobVariables } from "./variables.ts";

export const azureProvider = providers.find(({ name }) => name === "azure") as CiProvider;

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
  const variables = environmentOf(jobVariables(azure.collection, process.cwd()));
  const environment: Environment = { ...variables, SYSTEM_ACCESSTOKEN: jobToken, ...more };
  const lines: string[] = [];
  let now_ms = 1_700_000_000_000;
  const begun_ms = now_ms;
  const signal = AbortSignal.timeout(55_000);
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
