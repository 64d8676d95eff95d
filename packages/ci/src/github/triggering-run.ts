import type { RunContext } from "@shardwright/core";
import { z } from "zod";
import { contextOf } from "../description.ts";
import type { Environment } from "../provider.ts";
import { readEvent } from "./event.ts";

const side = z.object({ ref: z.string(), sha: z.string() });
const eventSchema = z.object({
  workflow_run: z.object({
    head_sha: z.string(),
    head_branch: z.string().nullish(),
    html_url: z.string().nullish(),
    conclusion: z.string().nullish(),
    run_attempt: z.int().positive().nullish(),
    actor: z.object({ login: z.string() }).nullish(),
    head_repository: z.object({ full_name: z.string() }).nullish(),
    repository: z.object({ full_name: z.string() }).nullish(),
    // Empty where the pull request comes from a fork.
    pull_requests: z.array(z.object({ number: z.int(), base: side })).nullish(),
  }),
});

/**
 * The run that a job of the event `workflow_run` follows: GitHub's own variables tell such a job the default branch's commit.
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
 */
export function describeTriggeringRun(env: Environment): RunContext | undefined {
  if (env.GITHUB_EVENT_NAME !== "workflow_run") return undefined;
  const run = readEvent(env.GITHUB_EVENT_PATH, eventSchema)?.workflow_run;
  if (run === undefined) return undefined;
  const [pull] = run.pull_requests ?? [];
  const [from, to] = [run.head_repository?.full_name, run.repository?.full_name];
  return contextOf({
    provider: "github",
    commit: run.head_sha,
    branch: run.head_branch ?? undefined,
    pull_request: pull?.number.toString(),
    actor: run.actor?.login,
    build_url: run.html_url ?? undefined,
    attempt: run.run_attempt ?? undefined,
    repository: to ?? env.GITHUB_REPOSITORY,
    base_branch: pull?.base.ref,
    base_commit: pull?.base.sha,
    fork: from === undefined || to === undefined ? undefined : from !== to,
  });
}

/** How the run that a job of the event `workflow_run` follows has ended, as GitHub says: `success`; undefined where it follows none that has. */
export function triggeringConclusion(env: Environment): string | undefined {
  if (env.GITHUB_EVENT_NAME !== "workflow_run") return undefined;
  return readEvent(env.GITHUB_EVENT_PATH, eventSchema)?.workflow_run.conclusion ?? undefined;
}
