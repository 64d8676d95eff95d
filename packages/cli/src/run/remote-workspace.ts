import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Client } from "@shardwright/client";
import { ShardwrightError, type Setup, type Workspace } from "@shardwright/core";
import type { Configuration } from "../config/resolve.ts";

/** Files that say what a setup command installs, of the package managers people use. */
const knownLockFiles = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
  "bun.lockb",
  "deno.lock",
  "uv.lock",
  "poetry.lock",
  "pdm.lock",
  "Pipfile.lock",
  "requirements.txt",
  "go.sum",
  "Cargo.lock",
  "Gemfile.lock",
  "composer.lock",
] as const;

export interface WorkspaceRequest {
  readonly configuration: Configuration;
  readonly client: Client;
  /** Absolute path of the folder the reports go to: it is no part of the checkout. */
  readonly outputDir: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * How the workers get at the files: where they are already (`dir`), when all runs on this machine; else in an archive that is uploaded
 * (`bundle`), or from the repository (`git`).
 * @throws ShardwrightError `usage`, `bundle-failed`, `git-failed`
 */
export async function provideWorkspace(request: WorkspaceRequest): Promise<Workspace> {
  const { settings, root } = request.configuration;
  const kind = settings.workspace ?? (isHere(settings.coordinator) ? "dir" : "bundle");
  if (kind === "dir") {
    if (settings.setup !== undefined)
      throw new ShardwrightError("usage", {
        problem: "--setup is for checkouts that workers make, and with --workspace dir they use this one.",
        remedy: "Run the command before, or pass --workspace bundle or git.",
      });
    return { kind: "dir", path: root };
  }
  const setup = setupFrom(request.configuration);
  return kind === "git" ? fromGit(request, setup) : fromBundle(request, setup);
}

/** True when every coordinator is on this machine, and so, most likely, are its workers. */
export function isHere(coordinators: readonly string[] | undefined): boolean {
  return (coordinators ?? []).every((address) => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(address).hostname));
}

/** What makes a fresh checkout ready, by the settings. */
export function setupFrom({ settings, root }: Configuration): { setup?: Setup } {
  const { setup: command, setupTimeout } = settings;
  if (command === undefined) return {};
  const lock_files = settings.setupLockFile ?? knownLockFiles.filter((name) => existsSync(join(root, name)));
  return { setup: { command, lock_files, timeout_ms: Math.round(setupTimeout * 1000) } };
}

async function fromGit({ configuration, signal, say }: WorkspaceRequest, setup: { setup?: Setup }): Promise<Workspace> {
  const { git } = await import("@shardwright/worker");
  const { settings, root } = configuration;
  const ask = (...args: string[]) => git(args, { cwd: root, signal });
  const top = (await ask("rev-parse", "--show-toplevel")).trim();
  const commit = (await ask("rev-parse", "HEAD")).trim();
  const url = settings.gitUrl ?? withoutCredentials((await ask("remote", "get-url", "origin")).trim());
  const changed = (await ask("status", "--porcelain", "--untracked-files=no")).split("\n").filter((line) => line !== "");
  if (changed.length > 0)
    throw new ShardwrightError("usage", {
      problem: `Workers would test the commit ${commit.slice(0, 12)}, and this checkout differs from it in ${changed.length} files: ${changed
        .slice(0, 3)
        .map((line) => line.slice(3))
        .join(", ")}.`,
      remedy: "Commit and push the changes, or pass --workspace bundle.",
    });
  say(`Workers check out ${commit.slice(0, 12)} of ${url}`);
  return { kind: "git", url, commit, directory: relative(top, root).split(sep).join("/") || ".", ...setup };
}

async function fromBundle(request: WorkspaceRequest, setup: { setup?: Setup }): Promise<Workspace> {
  const { packBundle } = await import("@shardwright/worker");
  const { configuration, client, outputDir, signal, say } = request;
  const { settings, root } = configuration;
  const output = relative(root, outputDir).split(sep).join("/");
  const without = [...(settings.bundleExclude ?? []), ".shardwright", ...(output.startsWith("..") ? [] : [output])];
  const limit_bytes = settings.bundleLimit * 1024 * 1024;
  const packed = await packBundle({ directory: root, without, limit_bytes, client, signal });
  const size = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  say(`Bundle of ${packed.files} files, ${size(packed.bytes)}, of which the coordinator lacked ${size(packed.uploaded_bytes)}`);
  return { ...packed.workspace, ...setup };
}

/** CI systems put their job's token into the remote's address; workers have their own. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/, "$1");
}
