import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { startFleet, type Fleet } from "../../cli/fleet.ts";
import { startGithub, type GithubServer } from "../github/server.ts";
import { app, commit, privateKey, webhookSecret } from "./place.ts";

/** What a job of GitHub knows of itself. */
export const job = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_RUN_ID: "77",
  GITHUB_WORKFLOW: "ci",
  GITHUB_JOB: "test",
  GITHUB_SHA: commit,
  GITHUB_REF: "refs/heads/main",
};

/** A coordinator in a process of its own that is an App of a GitHub of its own. @param folder for the App's key */
export async function fleetOfApp(folder: string): Promise<{ fleet: Fleet; github: GithubServer }> {
  const github = await startGithub({ app });
  onTestFinished(() => github.close());

  const key = join(folder, "app-key.pem");
  writeFileSync(key, privateKey, { mode: 0o600 });
  const args = ["--github-app-id", String(app.id), "--github-app-key", key, "--github-api-url", github.url];
  const fleet = await startFleet({
    args: [...args, "--github-repository", "default=acme/shop"],
    environment: { SHARDWRIGHT_GITHUB_WEBHOOK_SECRET: webhookSecret },
  });
  onTestFinished(fleet.end);
  return { fleet, github };
}
