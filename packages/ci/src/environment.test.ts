import { expect, test } from "vitest";
import { detectEnvironment } from "./environment.ts";

test("a person's machine has no provider", () => {
  expect(detectEnvironment({ CI: "false" })).toEqual({ provider: "none", context: {} });
});

test("GitHub: a pull request's branch and number, and one key for all attempts", () => {
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_RUN_ID: "77",
    GITHUB_RUN_ATTEMPT: "2",
    GITHUB_REF: "refs/pull/12/merge",
    GITHUB_HEAD_REF: "feature",
    GITHUB_REF_NAME: "12/merge",
    GITHUB_SHA: "abc",
    GITHUB_JOB: "test",
    GITHUB_WORKFLOW: "ci",
  };
  const found = detectEnvironment(env);
  expect(found.context).toMatchObject({
    branch: "feature",
    pull_request: "12",
    attempt: 2,
    build_url: "https://github.com/acme/shop/actions/runs/77",
  });
  expect(detectEnvironment({ ...env, GITHUB_RUN_ATTEMPT: "3" }).pipelineKey).toBe(found.pipelineKey);
});

test("GitLab: the merge request's visible number; parallel jobs share a key", () => {
  const env = {
    GITLAB_CI: "true",
    CI_PROJECT_PATH: "g/p",
    CI_PIPELINE_ID: "5",
    CI_MERGE_REQUEST_IID: "3",
    CI_MERGE_REQUEST_ID: "999",
  };
  const first = detectEnvironment({ ...env, CI_JOB_NAME: "test 1/4" });
  expect(first.context.pull_request).toBe("3");
  expect(detectEnvironment({ ...env, CI_JOB_NAME: "test 2/4" }).pipelineKey).toBe(first.pipelineKey);
});

test("Jenkins: the branch without its remote", () => {
  const found = detectEnvironment({ JENKINS_URL: "https://j/", BUILD_ID: "9", JOB_NAME: "shop", GIT_BRANCH: "origin/main" });
  expect(found.context.branch).toBe("main");
  expect(found.pipelineKey).toBe("jenkins:https://j/:shop:9");
});

test("Jenkins: a change from a fork, the repository without its credentials, and a server that has no address", () => {
  const env = {
    BUILD_ID: "9",
    BUILD_TAG: "jenkins-acme-shop-PR-12-9",
    JOB_NAME: "acme/shop/PR-12",
    BRANCH_NAME: "PR-12",
    CHANGE_ID: "12",
    CHANGE_BRANCH: "feature",
    CHANGE_TARGET: "main",
    CHANGE_FORK: "eve",
    CHANGE_AUTHOR: "eve",
    GIT_COMMIT: "c0ffee",
    GIT_URL: "https://bot:secret@git.example.com:8443/acme/shop.git",
  };
  expect(detectEnvironment(env)).toEqual({
    provider: "jenkins",
    context: {
      provider: "jenkins",
      commit: "c0ffee",
      branch: "feature",
      pull_request: "12",
      actor: "eve",
      repository: "acme/shop",
      base_branch: "main",
      fork: true,
    },
    pipelineKey: "jenkins:acme/shop/PR-12:9",
  });
  const repository = (GIT_URL: string) => detectEnvironment({ ...env, GIT_URL }).context.repository;
  expect(repository("git@github.com:acme/shop.git")).toBe("acme/shop");
  expect(repository("ssh://git@git.example.com:7999/acme/shop")).toBe("acme/shop");
});

test("Azure: the source branch without refs/heads", () => {
  const found = detectEnvironment({
    TF_BUILD: "True",
    SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
    SYSTEM_TEAMPROJECT: "shop",
    BUILD_BUILDID: "41",
    BUILD_SOURCEBRANCH: "refs/heads/main",
  });
  expect(found.context).toMatchObject({ branch: "main", build_url: "https://dev.azure.com/acme/shop/_build/results?buildId=41" });
});

test("jobs of one name in two stages of Azure, and jobs with very long names, have keys of their own", () => {
  const azure = {
    TF_BUILD: "True",
    SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
    BUILD_BUILDID: "41",
    SYSTEM_PHASENAME: "Job",
  };
  const gitlab = { GITLAB_CI: "true", CI_PROJECT_PATH: "g/p", CI_PIPELINE_ID: "5" };
  const long = "x".repeat(300);
  const keys = [
    { ...azure, SYSTEM_STAGENAME: "unit" },
    { ...azure, SYSTEM_STAGENAME: "load" },
    { ...gitlab, CI_JOB_NAME: `${long} a` },
    { ...gitlab, CI_JOB_NAME: `${long} b` },
  ].map((env) => detectEnvironment(env).pipelineKey ?? "");
  expect(new Set(keys).size).toBe(4);
  expect(Math.max(...keys.map((key) => key.length))).toBe(200);
});
