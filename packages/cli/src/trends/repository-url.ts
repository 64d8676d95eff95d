import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CommandContext } from "../command-line.ts";

const gitTimeout_ms = 5000;

/** Where the commits of this checkout can be looked at: as its CI system says, or its remote `origin`. Undefined where neither is a web address. */
export async function repositoryUrl({ environment, directory }: CommandContext): Promise<string | undefined> {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, CI_PROJECT_URL, BUILD_REPOSITORY_URI } = environment;
  if (GITHUB_REPOSITORY !== undefined) return `${GITHUB_SERVER_URL ?? "https://github.com"}/${GITHUB_REPOSITORY}`;
  if (CI_PROJECT_URL !== undefined) return CI_PROJECT_URL;
  if (BUILD_REPOSITORY_URI !== undefined) return webAddress(BUILD_REPOSITORY_URI);
  try {
    const { stdout } = await promisify(execFile)("git", ["config", "--get", "remote.origin.url"], {
      cwd: directory,
      timeout: gitTimeout_ms,
    });
    return webAddress(stdout.trim());
  } catch {
    // No checkout, or no git: commits are names then.
    return undefined;
  }
}

/** `git@github.com:acme/shop.git` and its like as `https://github.com/acme/shop`; never with the user or password that a remote may have in it. */
export function webAddress(remote: string): string | undefined {
  // Azure DevOps shows a repository elsewhere than it is cloned from by SSH.
  const azure = /^(?:[\w.-]+@)?ssh\.dev\.azure\.com:v3\/([\w.%-]+)\/([\w.%-]+)\/([\w.%-]+)$/.exec(remote);
  if (azure !== null) return `https://dev.azure.com/${azure[1]}/${azure[2]}/_git/${azure[3]}`;
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!\/)([\w./~-]+?)(?:\.git)?\/?$/.exec(remote);
  if (scp !== null) return `https://${scp[1]}/${scp[2]}`;
  const url = /^(https?|ssh):\/\/(?:[^@/]*@)?([\w.-]+)(:\d+)?\/([\w./~-]+?)(?:\.git)?\/?$/.exec(remote);
  if (url === null) return undefined;
  const [, scheme = "", host = "", port = "", path = ""] = url;
  return scheme === "ssh" ? `https://${host}/${path}` : `${scheme}://${host}${port}/${path}`;
}
