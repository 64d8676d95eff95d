import { z } from "zod";
import { contextOf, pipelineKey, positive } from "../description.ts";
import type { CiDescription, Environment } from "../provider.ts";
import { readEvent } from "./event.ts";

const side = z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullish() });
const eventSchema = z.object({ pull_request: z.object({ number: z.int(), head: side, base: side }).optional() });

/** By the environment and the event's file: for a pull request `GITHUB_SHA` is a merge commit that nobody made and nobody looks at. */
export function describeGithub(env: Environment): CiDescription {
  const server = env.GITHUB_SERVER_URL ?? "https://github.com";
  const repository = env.GITHUB_REPOSITORY;
  const pull = readEvent(env.GITHUB_EVENT_PATH, eventSchema)?.pull_request;
  const number = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  return {
    context: contextOf({
      provider: "github",
      commit: pull?.head.sha ?? env.GITHUB_SHA,
      branch: pull?.head.ref || env.GITHUB_HEAD_REF || env.GITHUB_REF_NAME,
      pull_request: pull?.number.toString() ?? number,
      actor: env.GITHUB_ACTOR,
      build_url: repository && env.GITHUB_RUN_ID ? `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}` : undefined,
      attempt: positive(env.GITHUB_RUN_ATTEMPT),
      repository,
      base_branch: pull?.base.ref || env.GITHUB_BASE_REF,
      base_commit: pull?.base.sha,
      // Of a repository that is gone there is nothing left to compare with: it was another one.
      fork: pull === undefined ? undefined : pull.head.repo?.full_name !== pull.base.repo?.full_name,
    }),
    ...pipelineKey("github", [repository, env.GITHUB_RUN_ID, env.GITHUB_WORKFLOW, env.GITHUB_JOB]),
  };
}
