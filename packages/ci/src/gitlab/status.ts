import type { Verdict } from "@shardwright/core";
import { HttpRefusal } from "../http/polite-fetch.ts";
import type { Environment } from "../provider.ts";
import type { Channel } from "../publishing/channel.ts";
import { cutCharacters } from "../publishing/cut.ts";
import { gitlabAccess } from "./access.ts";
import { openGitlab } from "./api.ts";

/** Of the description and of the address, in characters. */
const textLimit = 255;
const statesByVerdict = {
  passed: "success",
  failed: "failed",
  errored: "failed",
  incomplete: "failed",
  cancelled: "canceled",
} as const satisfies Record<Verdict, string>;

/**
 * The run as a job of the pipeline's stage `external`, which is what GitLab makes of a commit's status. Only its end is told: one left at
 * `running` by a job that was killed would keep the whole pipeline running, and that the run goes on the job itself shows.
 */
export const gitlabStatus: Channel = {
  name: "status",
  title: "commit status",
  limits: "255 characters",
  unavailable(session) {
    const access = gitlabAccess(session);
    if (typeof access === "string") return access;
    return session.env.CI_COMMIT_SHA ? undefined : "CI_COMMIT_SHA is not set";
  },
  async publish({ verdict, title, sentence }, session) {
    const access = gitlabAccess(session);
    if (typeof access === "string") throw new Error(access);
    const { env, name } = session;
    const sha = env.CI_COMMIT_SHA ?? "";
    const state = statesByVerdict[verdict];
    const { commits } = await openGitlab(access, session.fetch);
    const description = cutCharacters(`${title}. ${sentence}`, textLimit);
    const target_url = addressOf(env);
    const set = (pipelineId: number | undefined) =>
      commits.editStatus(access.project, sha, state, {
        name,
        description,
        ...(target_url !== undefined && { targetUrl: target_url }),
        ...(pipelineId !== undefined && { pipelineId }),
      });
    const pipeline = pipelineOf(env);
    try {
      await set(pipeline);
    } catch (error) {
      if (isOutOfSight(error, env) && pipeline !== undefined) return void (await set(undefined));
      if (!isTransition(error)) throw error;
      // Somebody else has told it in between; that is well if they told the same.
      const there = await commits.allStatuses(access.project, sha, { name });
      const own = there.filter(
        ({ pipeline_id }) => pipeline === undefined || pipeline_id === undefined || pipeline_id === pipeline,
      );
      if (!own.some(({ status }) => status === state)) throw error;
    }
  },
};

/**
 * The pipeline that the status belongs to. Without it GitLab takes the newest of the commit, which may be another one. To those of a child
 * GitLab attaches none: it counts for its parent, whose number it knows from GitLab 18.9 on.
 */
function pipelineOf(env: Environment): number | undefined {
  const id = Number(isChild(env) ? env.CI_UPSTREAM_PIPELINE_ID : env.CI_PIPELINE_ID);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

function isChild(env: Environment): boolean {
  return env.CI_PIPELINE_SOURCE === "parent_pipeline";
}

/** A child of a child has a parent that takes no status either. */
function isOutOfSight(error: unknown, env: Environment): boolean {
  return isChild(env) && error instanceof HttpRefusal && error.status === 404;
}

function isTransition(error: unknown): boolean {
  return error instanceof HttpRefusal && error.status === 400 && error.text.includes("Cannot transition status");
}

/** The pipeline's list of tests, else the job. */
function addressOf(env: Environment): string | undefined {
  const pages = [env.CI_PIPELINE_URL && `${env.CI_PIPELINE_URL}/test_report`, env.CI_JOB_URL];
  return pages.find((page) => page !== undefined && page !== "" && page.length <= textLimit);
}
