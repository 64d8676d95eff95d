import { createHash } from "node:crypto";
import type { RunContext } from "@shardwright/core";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a CI system says about the job, and how its log wants to be spoken to. */
export interface CiEnvironment {
  /** `github`, `gitlab`, `jenkins`, `azure`, `other` (some CI), or `none` (a person's machine). */
  readonly provider: "github" | "gitlab" | "jenkins" | "azure" | "other" | "none";
  readonly context: RunContext;
  /** Names the pipeline across attempts and jobs: a re-run of the pipeline has the same. Absent where the system has no such id. */
  readonly pipelineKey?: string;
}

/** Reads the environment; asks nothing over the network. */
export function detectEnvironment(env: Environment): CiEnvironment {
  if (env.GITHUB_ACTIONS === "true") return github(env);
  if (env.GITLAB_CI === "true") return gitlab(env);
  if (env.TF_BUILD !== undefined && env.TF_BUILD !== "") return azure(env);
  if (env.JENKINS_URL !== undefined && env.BUILD_ID !== undefined) return jenkins(env);
  const isCi = env.CI !== undefined && env.CI !== "" && env.CI !== "false" && env.CI !== "0";
  return isCi ? { provider: "other", context: { provider: "other" } } : { provider: "none", context: {} };
}

function github(env: Environment): CiEnvironment {
  const server = env.GITHUB_SERVER_URL ?? "https://github.com";
  const repository = env.GITHUB_REPOSITORY;
  const pull = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  return {
    provider: "github",
    context: present({
      provider: "github",
      commit: env.GITHUB_SHA,
      branch: env.GITHUB_HEAD_REF || env.GITHUB_REF_NAME,
      pull_request: pull,
      actor: env.GITHUB_ACTOR,
      build_url: repository && env.GITHUB_RUN_ID ? `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}` : undefined,
      attempt: positive(env.GITHUB_RUN_ATTEMPT),
    }),
    ...key("github", [repository, env.GITHUB_RUN_ID, env.GITHUB_WORKFLOW, env.GITHUB_JOB]),
  };
}

function gitlab(env: Environment): CiEnvironment {
  return {
    provider: "gitlab",
    context: present({
      provider: "gitlab",
      commit: env.CI_COMMIT_SHA,
      branch: env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME || env.CI_COMMIT_REF_NAME,
      // The number people see and the notes API wants, not the global id.
      pull_request: env.CI_MERGE_REQUEST_IID,
      actor: env.GITLAB_USER_LOGIN,
      build_url: env.CI_PIPELINE_URL,
    }),
    ...key("gitlab", [env.CI_PROJECT_PATH, env.CI_PIPELINE_ID, env.CI_JOB_NAME?.replace(/ \d+\/\d+$/, "")]),
  };
}

function azure(env: Environment): CiEnvironment {
  const collection = env.SYSTEM_COLLECTIONURI ?? env.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI;
  const build = env.BUILD_BUILDID;
  return {
    provider: "azure",
    context: present({
      provider: "azure",
      commit: env.SYSTEM_PULLREQUEST_SOURCECOMMITID || env.BUILD_SOURCEVERSION,
      branch: (env.SYSTEM_PULLREQUEST_SOURCEBRANCH || env.BUILD_SOURCEBRANCH)?.replace(/^refs\/heads\//, ""),
      pull_request: env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER || env.SYSTEM_PULLREQUEST_PULLREQUESTID,
      actor: env.BUILD_REQUESTEDFOR,
      build_url: collection && build ? `${collection}${env.SYSTEM_TEAMPROJECT ?? ""}/_build/results?buildId=${build}` : undefined,
      attempt: positive(env.SYSTEM_JOBATTEMPT),
    }),
    // Jobs of different stages may bear one name.
    ...key("azure", [collection, build, env.SYSTEM_STAGENAME, env.SYSTEM_PHASENAME]),
  };
}

function jenkins(env: Environment): CiEnvironment {
  return {
    provider: "jenkins",
    context: present({
      provider: "jenkins",
      commit: env.GIT_COMMIT,
      branch: (env.CHANGE_BRANCH || env.BRANCH_NAME || env.GIT_BRANCH)?.replace(/^origin\//, ""),
      pull_request: env.CHANGE_ID,
      actor: env.CHANGE_AUTHOR,
      build_url: env.BUILD_URL,
    }),
    ...key("jenkins", [env.JOB_NAME, env.BUILD_ID]),
  };
}

/** A run's key may have 256 characters: this leaves room for what tells the runs of one pipeline apart. */
const keyLimit = 200;
const digestLength = 16;

function key(provider: string, parts: (string | undefined)[]): { pipelineKey?: string } {
  const known = parts.filter((part) => part !== undefined && part !== "");
  if (known.length < 2) return {};
  const whole = [provider, ...known].join(":");
  if (whole.length <= keyLimit) return { pipelineKey: whole };
  // Cut alone, the keys of two jobs with long names would be one.
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, digestLength);
  return { pipelineKey: `${whole.slice(0, keyLimit - digestLength - 1)}~${digest}` };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

/** Leaves out what is absent or empty. */
function present(context: RunContext): RunContext {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined && value !== ""));
}
