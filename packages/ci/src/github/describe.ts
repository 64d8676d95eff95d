import { readFileSync, statSync } from "node:fs";
import type { RunContext } from "@shardwright/core";
import { z } from "zod";
import { contextOf, pipelineKey, positive } from "../description.ts";
import type { CiDescription, Environment } from "../provider.ts";

/** GitHub's own limit for the payload of an event is 25 MB. */
const eventLimit_bytes = 32 * 1024 * 1024;

const side = z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() });
const followedSchema = z.object({
  id: z.int(),
  head_sha: z.string(),
  head_branch: z.string().nullish(),
  html_url: z.string().optional(),
  repository: z.object({ full_name: z.string() }).nullish(),
  head_repository: z.object({ full_name: z.string(), owner: z.object({ login: z.string() }) }).nullish(),
  pull_requests: z.array(z.object({ number: z.int() })).nullish(),
});
/** The finished run of another workflow, whose end has started this one. */
export type FollowedRun = z.infer<typeof followedSchema>;
const eventSchema = z.object({
  pull_request: z.object({ number: z.int(), head: side, base: side }).optional(),
  workflow_run: followedSchema.optional(),
});

/** By the environment and the event's file: for a pull request `GITHUB_SHA` is a merge commit that nobody made and nobody looks at. */
export function describeGithub(env: Environment): CiDescription {
  const server = env.GITHUB_SERVER_URL ?? "https://github.com";
  const repository = env.GITHUB_REPOSITORY;
  const { pull_request: pull, workflow_run: event } = readEvent(env.GITHUB_EVENT_PATH) ?? {};
  const followed = env.GITHUB_EVENT_NAME === "workflow_run" ? event : undefined;
  const number = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  return {
    context: contextOf({
      provider: "github",
      // A run that follows another one is at the default branch, and speaks of that other one's commit.
      commit: pull?.head.sha ?? followed?.head_sha ?? env.GITHUB_SHA,
      branch: pull?.head.ref || followed?.head_branch || env.GITHUB_HEAD_REF || env.GITHUB_REF_NAME,
      pull_request: pull?.number.toString() ?? followed?.pull_requests?.[0]?.number.toString() ?? number,
      actor: env.GITHUB_ACTOR,
      build_url: repository && env.GITHUB_RUN_ID ? `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}` : undefined,
      attempt: positive(env.GITHUB_RUN_ATTEMPT),
      repository,
      base_branch: pull?.base.ref || env.GITHUB_BASE_REF,
      base_commit: pull?.base.sha,
      // Of a repository that is gone there is nothing left to compare with: it was another one.
      fork: forkOf(pull, followed),
    }),
    ...pipelineKey("github", [repository, env.GITHUB_RUN_ID, env.GITHUB_WORKFLOW, env.GITHUB_JOB]),
  };
}

/**
 * What results belong to. A workflow that follows another one may write what that one could not, and believes GitHub alone: what lies in
 * a report was written by the pull request's own code.
 */
export function subjectOf({ commit, pull_request }: RunContext, env: Environment): Pick<RunContext, "commit" | "pull_request"> {
  const { context } = describeGithub(env);
  if (followedRun(env) !== undefined) return context;
  return { commit: commit ?? context.commit, pull_request: pull_request ?? context.pull_request };
}

/** The run that this job's workflow follows, from the event; undefined where it follows none. */
export function followedRun(env: Environment): FollowedRun | undefined {
  return env.GITHUB_EVENT_NAME === "workflow_run" ? readEvent(env.GITHUB_EVENT_PATH)?.workflow_run : undefined;
}

function forkOf(pull: z.infer<typeof eventSchema>["pull_request"], followed: FollowedRun | undefined): boolean | undefined {
  if (pull !== undefined) return pull.head.repo?.full_name !== pull.base.repo?.full_name;
  return followed && followed.head_repository?.full_name !== followed.repository?.full_name;
}

function readEvent(path: string | undefined): z.infer<typeof eventSchema> | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    if (statSync(path).size > eventLimit_bytes) return undefined;
    return eventSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Without the event the environment tells enough to go on with.
    return undefined;
  }
}
