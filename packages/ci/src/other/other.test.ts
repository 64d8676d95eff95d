// @ts-expect-error it brings no types
import envCi from "env-ci";
import { expect, test } from "vitest";
import { detectEnvironment, detectProvider, providers } from "../environment.ts";
import { logGroup, neutraliseCommands } from "../log.ts";
import type { Environment } from "../provider.ts";

/** A pull request from a fork, in the second of three parallel jobs where the system counts them. */
const pulls = {
  circleci: {
    CI: "true",
    CIRCLECI: "true",
    CIRCLE_SHA1: "c0ffee",
    CIRCLE_BRANCH: "pull/12",
    CIRCLE_PR_NUMBER: "12",
    CIRCLE_PULL_REQUEST: "https://github.com/acme/shop/pull/12",
    CIRCLE_USERNAME: "ada",
    CIRCLE_BUILD_URL: "https://circleci.com/gh/acme/shop/88",
    CIRCLE_PROJECT_USERNAME: "acme",
    CIRCLE_PROJECT_REPONAME: "shop",
    CIRCLE_PIPELINE_ID: "p-1",
    CIRCLE_WORKFLOW_ID: "w-2",
    CIRCLE_WORKFLOW_WORKSPACE_ID: "w-1",
    CIRCLE_JOB: "test",
    CIRCLE_NODE_INDEX: "1",
    CIRCLE_NODE_TOTAL: "3",
  },
  buildkite: {
    CI: "true",
    BUILDKITE: "true",
    BUILDKITE_COMMIT: "c0ffee",
    BUILDKITE_BRANCH: "eve:feature",
    BUILDKITE_PULL_REQUEST: "12",
    BUILDKITE_PULL_REQUEST_BASE_BRANCH: "main",
    BUILDKITE_PULL_REQUEST_REPO: "https://github.com/eve/shop.git",
    BUILDKITE_REPO: "git@github.com:acme/shop.git",
    BUILDKITE_BUILD_CREATOR: "Ada",
    BUILDKITE_BUILD_URL: "https://buildkite.com/acme/shop/builds/88",
    BUILDKITE_BUILD_ID: "b-1",
    BUILDKITE_STEP_ID: "s-1",
    BUILDKITE_RETRY_COUNT: "1",
    BUILDKITE_PARALLEL_JOB: "1",
    BUILDKITE_PARALLEL_JOB_COUNT: "3",
  },
  bitbucket: {
    CI: "true",
    BITBUCKET_COMMIT: "c0ffee",
    BITBUCKET_BRANCH: "feature",
    BITBUCKET_PR_ID: "12",
    BITBUCKET_PR_DESTINATION_BRANCH: "main",
    BITBUCKET_REPO_FULL_NAME: "acme/shop",
    BITBUCKET_BUILD_NUMBER: "88",
    BITBUCKET_STEP_RUN_NUMBER: "2",
    BITBUCKET_PARALLEL_STEP: "1",
    BITBUCKET_PARALLEL_STEP_COUNT: "3",
  },
  travis: {
    CI: "true",
    TRAVIS: "true",
    TRAVIS_COMMIT: "the-merge",
    TRAVIS_PULL_REQUEST_SHA: "c0ffee",
    TRAVIS_BRANCH: "main",
    TRAVIS_PULL_REQUEST: "12",
    TRAVIS_PULL_REQUEST_BRANCH: "feature",
    TRAVIS_PULL_REQUEST_SLUG: "eve/shop",
    TRAVIS_REPO_SLUG: "acme/shop",
    TRAVIS_BUILD_ID: "88",
    TRAVIS_BUILD_WEB_URL: "https://app.travis-ci.com/acme/shop/builds/88",
  },
  woodpecker: {
    CI: "woodpecker",
    CI_COMMIT_SHA: "c0ffee",
    CI_COMMIT_BRANCH: "main",
    CI_COMMIT_SOURCE_BRANCH: "feature",
    CI_COMMIT_TARGET_BRANCH: "main",
    CI_COMMIT_PULL_REQUEST: "12",
    CI_COMMIT_AUTHOR: "ada",
    CI_PIPELINE_EVENT: "pull_request",
    CI_PIPELINE_URL: "https://ci.example.com/repos/7/pipeline/88",
    CI_PIPELINE_NUMBER: "88",
    CI_REPO: "acme/shop",
  },
  drone: {
    CI: "true",
    DRONE: "true",
    DRONE_COMMIT_SHA: "c0ffee",
    DRONE_BRANCH: "main",
    DRONE_SOURCE_BRANCH: "feature",
    DRONE_TARGET_BRANCH: "main",
    DRONE_PULL_REQUEST: "12",
    DRONE_BUILD_EVENT: "pull_request",
    DRONE_COMMIT_AUTHOR: "ada",
    DRONE_BUILD_LINK: "https://drone.example.com/acme/shop/88",
    DRONE_BUILD_NUMBER: "88",
    DRONE_REPO: "acme/shop",
  },
  semaphore: {
    CI: "true",
    SEMAPHORE: "true",
    SEMAPHORE_GIT_SHA: "the-merge",
    SEMAPHORE_GIT_PR_SHA: "c0ffee",
    SEMAPHORE_GIT_BRANCH: "main",
    SEMAPHORE_GIT_PR_BRANCH: "feature",
    SEMAPHORE_GIT_PR_NUMBER: "12",
    SEMAPHORE_GIT_PR_SLUG: "eve/shop",
    SEMAPHORE_GIT_REPO_SLUG: "acme/shop",
    SEMAPHORE_ORGANIZATION_URL: "https://acme.semaphoreci.com",
    SEMAPHORE_WORKFLOW_ID: "w-1",
    SEMAPHORE_PROJECT_ID: "p-1",
    SEMAPHORE_JOB_INDEX: "2",
    SEMAPHORE_JOB_COUNT: "3",
  },
  appveyor: {
    CI: "True",
    APPVEYOR: "True",
    APPVEYOR_REPO_COMMIT: "the-merge",
    APPVEYOR_PULL_REQUEST_HEAD_COMMIT: "c0ffee",
    APPVEYOR_REPO_BRANCH: "main",
    APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH: "feature",
    APPVEYOR_PULL_REQUEST_HEAD_REPO_NAME: "eve/shop",
    APPVEYOR_PULL_REQUEST_NUMBER: "12",
    APPVEYOR_REPO_NAME: "acme/shop",
    APPVEYOR_ACCOUNT_NAME: "acme",
    APPVEYOR_PROJECT_SLUG: "shop",
    APPVEYOR_URL: "https://ci.appveyor.com",
    APPVEYOR_BUILD_ID: "88",
  },
} as const satisfies Record<string, Environment>;
type Name = keyof typeof pulls;
const names = Object.keys(pulls) as Name[];

test.each(names)("%s: the change's own commit, its number, repository, and the build's address", (name) => {
  const { provider, context, pipelineKey } = detectEnvironment(pulls[name]);
  expect(provider).toBe(name);
  expect(context).toMatchObject({ provider: name, commit: "c0ffee", pull_request: "12", repository: "acme/shop" });
  expect(context.build_url).toMatch(/^https:\/\/.*88$|w-1$/);
  expect(pipelineKey).toMatch(new RegExp(`^${name}:`));
});

test.each(names)("%s promises in its capabilities what it does", (name) => {
  const { capabilities } = detectProvider(pulls[name]);
  const { context, job } = detectEnvironment(pulls[name]);
  expect(job).toEqual(capabilities.jobs ? { index: 1, total: 3 } : undefined);
  expect(context.attempt).toBe(capabilities.attempts ? 2 : undefined);
  expect(context.fork).toBe(capabilities.forks ? true : undefined);
});

test("a branch's own build is no pull request", () => {
  const builds: Environment[] = [
    { CIRCLECI: "true", CIRCLE_BRANCH: "main" },
    { BUILDKITE: "true", BUILDKITE_BRANCH: "main", BUILDKITE_PULL_REQUEST: "false", BUILDKITE_COMMIT: "HEAD" },
    { BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_COMMIT: "c0ffee", BITBUCKET_BRANCH: "main" },
    { TRAVIS: "true", TRAVIS_BRANCH: "main", TRAVIS_PULL_REQUEST: "false" },
    { CI: "woodpecker", CI_COMMIT_BRANCH: "main", CI_COMMIT_PULL_REQUEST: "" },
    { DRONE: "true", DRONE_BRANCH: "main", DRONE_TARGET_BRANCH: "main" },
    { SEMAPHORE: "true", SEMAPHORE_GIT_BRANCH: "main" },
    { APPVEYOR: "True", APPVEYOR_REPO_BRANCH: "main" },
  ];
  for (const env of builds) {
    const { context } = detectEnvironment(env);
    expect(context).toMatchObject({ branch: "main" });
    for (const key of ["pull_request", "fork", "base_branch", "attempt"]) expect(context).not.toHaveProperty(key);
  }
});

test("a workflow of CircleCI that is run again has the key of the first", () => {
  const again = { ...pulls.circleci, CIRCLE_WORKFLOW_ID: "w-9" };
  expect(detectEnvironment(again).pipelineKey).toBe(detectEnvironment(pulls.circleci).pipelineKey);
});

/** Where another reader of the same variables, `env-ci`, says something else, and who is right. */
const differences: Partial<
  Record<Name, { readonly commit?: string; readonly pull_request?: string; readonly build_url?: string }>
> = {
  // It has the merge commit, which nobody looks at.
  travis: { commit: "the-merge" },
  semaphore: { commit: "the-merge", build_url: "none" },
  appveyor: { commit: "the-merge", build_url: "https://ci.appveyor.com/project/shop/build/undefined" },
  // An address of long ago, and no pull requests at all.
  bitbucket: { pull_request: "none", build_url: "https://bitbucket.org/acme/shop/addon/pipelines/home#!/results/88" },
};

test.each(names)("%s is read as env-ci reads it, but for its errors", (name) => {
  const { context } = detectEnvironment(pulls[name]);
  const other = envCi({ env: { ...pulls[name] } }) as { commit?: string; pr?: string; buildUrl?: string; name?: string };
  const expected = { commit: other.commit ?? "none", pull_request: other.pr ?? "none", build_url: other.buildUrl ?? "none" };
  expect({
    commit: context.commit,
    pull_request: context.pull_request,
    build_url: context.build_url,
    ...differences[name],
  }).toEqual(expected);
});

test("of a system of which only the name is known, the name is told", () => {
  const named = (env: Environment) => {
    const { provider, context } = detectEnvironment(env);
    return [provider, context.provider];
  };
  expect(named({ CODEBUILD_BUILD_ARN: "arn:aws:codebuild:1" })).toEqual(["other", "AWS CodeBuild"]);
  expect(named({ NODE: "/app/.heroku/node/bin/node", CI: "true" })).toEqual(["other", "Heroku"]);
  expect(named({ CI_NAME: "codeship", CI: "true" })).toEqual(["other", "Codeship"]);
  expect(named({ VERCEL: "1" })).toEqual(["other", "Vercel"]);
  expect(named({ CI: "1" })).toEqual(["other", "other"]);
  expect(named({ NODE: "/usr/bin/node" })).toEqual(["none", undefined]);
  expect(named({ CI: "false", CODEBUILD_BUILD_ARN: "arn:aws:codebuild:1" })).toEqual(["none", undefined]);
});

test("no two systems take the same job for theirs, whichever is asked first", () => {
  for (const env of Object.values(pulls)) {
    const takers = providers.filter((provider) => provider.name !== "other" && provider.detect(env));
    expect(takers).toHaveLength(1);
  }
});

test("Buildkite's groups, Travis' folds: what a test prints opens and closes none", () => {
  const printed = "--- a\n  +++ b\n~~~ c\n^^^ +++\n---- d\n-- e";
  expect(neutraliseCommands("buildkite", printed)).not.toMatch(/^\s*(?:---|\+\+\+|~~~|\^\^\^) /m);
  expect(neutraliseCommands("buildkite", "---- d\n-- e\n---")).toBe("---- d\n-- e\n---");
  expect(logGroup("buildkite", "Failures", "x", 1).open).toBe("--- Failures\n");
  expect(neutraliseCommands("travis", "travis_fold:end:x\r travis_time:start:y")).not.toMatch(/travis_(?:fold|time):/);
  expect(logGroup("travis", "Failures", "x", 1)).toMatchObject({ open: "travis_fold:start:x\r\u001B[0KFailures\n" });
});
