import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import type { Environment } from "@shardwright/ci";
import { projectFiles, type ProjectFiles } from "@shardwright/core";
import { followsAnother } from "../publish/follows-another.ts";

const namesLimit = 500_000;
const gitTimeout_ms = 30_000;
const gitOutput_bytes = 128 * 1024 * 1024;
/** Made by tools, and never where a test stands. */
const unwanted = new Set([".git", "node_modules", ".shardwright", "__pycache__", ".venv"]);

/** Where CI systems check a project out: a job that publishes another one's results often has it at the same place. */
const checkoutVariables = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY", "WORKSPACE"] as const;

/**
 * The files of the checkout that a directory lies in: what git tracks there, else what lies below the directory. Empty where there is no
 * checkout: paths are then taken as they are written.
 */
export function findProjectFiles(directory: string, environment: Environment, prefixes: readonly string[]): ProjectFiles {
  // A repository's own configuration can have git run programs: none that came with the files of a stranger is asked.
  const top = followsAnother(environment) ? undefined : git(["rev-parse", "--show-toplevel"], directory)?.trim();
  const root = top === undefined || top === "" ? directory : resolve(top);
  const tracked = top === undefined ? undefined : git(["ls-files", "-z"], root)?.split("\0");
  const names = tracked?.filter((name) => name !== "") ?? walk(root);
  const checkouts = checkoutVariables.flatMap((name) => environment[name] || []);
  return projectFiles({
    names: names.slice(0, namesLimit),
    roots: [root, directory, ...checkouts],
    prefixes,
    folder: relative(root, directory).split(sep).join("/"),
  });
}

function git(args: string[], cwd: string): string | undefined {
  try {
    return execFileSync("git", args, {
      cwd,
      encoding: "utf8",
      timeout: gitTimeout_ms,
      maxBuffer: gitOutput_bytes,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    // No repository, or no git: the folder has to say what is in it.
    return undefined;
  }
}

function walk(root: string): string[] {
  const names: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined && names.length < namesLimit; folder = folders.pop())
    for (const entry of entriesOf(join(root, folder))) {
      if (unwanted.has(entry.name)) continue;
      if (entry.isDirectory()) folders.push(`${folder}${entry.name}/`);
      else if (entry.isFile()) names.push(`${folder}${entry.name}`);
    }
  return names;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What may not be looked into holds nothing that could be named.
    return [];
  }
}
