import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { GithubApp, GithubAppOptions } from "@shardwright/server";
import type { Settings } from "../config/resolve.ts";

/** The App of the settings, with its key from its file; undefined where there is none. @throws ShardwrightError `config-invalid`, `usage` */
export function githubAppFrom(
  settings: Settings,
  directory: string,
  read: (options: GithubAppOptions) => GithubApp,
): GithubApp | undefined {
  const { githubAppId, githubAppKey, githubWebhookSecret, githubRepository, githubApiUrl } = settings;
  if (githubAppId === undefined && githubAppKey === undefined) {
    if (githubWebhookSecret === undefined && githubRepository === undefined) return undefined;
    throw incomplete("--github-repository and a webhook secret are for a GitHub App, and none is named.");
  }
  if (githubAppId === undefined || githubAppKey === undefined)
    throw incomplete("A GitHub App needs both --github-app-id and --github-app-key.");
  const path = resolve(directory, githubAppKey);
  let privateKey: string;
  try {
    privateKey = readFileSync(path, "utf8");
  } catch (error) {
    throw new ShardwrightError("config-invalid", { problems: `  --github-app-key: ${reasonOf(error)}` }, { cause: error });
  }
  return read({
    appId: githubAppId,
    privateKey,
    apiUrl: githubApiUrl,
    repositories: githubRepository ?? [],
    ...(githubWebhookSecret !== undefined && { webhookSecret: githubWebhookSecret }),
  });
}

function incomplete(problem: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy: "See docs/github-app.md." });
}
