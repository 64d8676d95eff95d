import { createHash } from "node:crypto";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backoff_ms, pause } from "@shardwright/client";
import { ShardwrightError, type Workspace } from "@shardwright/core";
import { git } from "./git.ts";
import { WorkspaceProblem } from "./problem.ts";

type GitWorkspace = Extract<Workspace, { kind: "git" }>;

const attempts = 4;

/** Checks out commits; what was fetched of a repository stays in a mirror, so that the next commit costs only its difference. */
export class GitSource {
  readonly #root: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** One fetch at a time into a mirror. */
  readonly #fetching = new Map<string, Promise<unknown>>();

  constructor(root: string, environment: Readonly<Record<string, string>>) {
    this.#root = root;
    this.#environment = environment;
  }

  /**
   * Puts a commit into a folder: an empty one, or one that holds another commit of the same repository. Nothing of the `.git` that was
   * there is used: tests may have written to it. @returns the names of the files
   */
  async checkOut({ url, commit }: GitWorkspace, target: string, signal: AbortSignal): Promise<string[]> {
    const mirror = await this.#mirrorWith(url, commit, signal);
    await rm(join(target, ".git"), { recursive: true, force: true });
    const run = (args: string[]) => git(args, { cwd: target, signal, environment: this.#environment });
    await run(["init", "-q", "--template="]);
    await mkdir(join(target, ".git", "objects", "info"), { recursive: true });
    await writeFile(join(target, ".git", "objects", "info", "alternates"), `${join(mirror, "objects")}\n`);
    // Where history was cut off; without it git would look for the commits beyond.
    await copyFile(join(mirror, "shallow"), join(target, ".git", "shallow")).catch(ignoreMissing);
    await run(["config", "remote.origin.url", url]);
    await run(["checkout", "-q", "--detach", "--force", commit]);
    await this.#submodules(url, target, run);
    await this.#refusePointers(run);
    return (await run(["ls-files", "-z", "--recurse-submodules"])).split("\0").filter((name) => name !== "");
  }

  async #mirrorWith(url: string, commit: string, signal: AbortSignal): Promise<string> {
    const mirror = join(this.#root, `${createHash("sha256").update(url).digest("hex").slice(0, 16)}.git`);
    const before = this.#fetching.get(mirror) ?? Promise.resolve();
    const fetching = before.catch(() => {}).then(() => this.#fetch(mirror, url, commit, signal));
    this.#fetching.set(mirror, fetching);
    await fetching;
    return mirror;
  }

  async #fetch(mirror: string, url: string, commit: string, signal: AbortSignal): Promise<void> {
    await mkdir(mirror, { recursive: true });
    const run = (args: string[]) => git(args, { cwd: mirror, signal, environment: this.#environment });
    const has = () => run(["cat-file", "-e", `${commit}^{commit}`]).then(yes, no);
    await run(["init", "-q", "--bare", "--template="]);
    // Nothing refers to the commits fetched by their hash: git must not clear them away.
    await run(["config", "gc.auto", "0"]);
    if (await has()) return;
    // Left by a git that was killed; no other one works here.
    for (const name of ["shallow.lock", "config.lock", "packed-refs.lock"]) await rm(join(mirror, name), { force: true });
    for (let attempt = 1; ; attempt += 1) {
      try {
        await fetchInto(run, url, commit);
        if (await has()) return;
        throw goneFrom(url, commit);
      } catch (error) {
        signal.throwIfAborted();
        if (isGone(error)) throw goneFrom(url, commit);
        if (attempt >= attempts || !(error instanceof ShardwrightError)) throw error;
        await pause(backoff_ms(attempt, { base_ms: 500, cap_ms: 8000 }), signal);
      }
    }
  }

  async #submodules(url: string, target: string, run: (args: string[]) => Promise<string>): Promise<void> {
    if (!(await run(["cat-file", "-e", "HEAD:.gitmodules"]).then(yes, no))) return;
    // Git follows submodules on this machine's disk only when it is told to; it may where the repository itself is there.
    const local = url.startsWith("file:") ? ["-c", "protocol.file.allow=always"] : [];
    await run([...local, "submodule", "update", "-q", "--init", "--recursive", "--depth", "1", "--force"]);
  }

  /** Tests would read three lines of text in place of their data. */
  async #refusePointers(run: (args: string[]) => Promise<string>): Promise<void> {
    if (!(await run(["grep", "-q", "filter=lfs", "HEAD", "--", ":(glob)**/.gitattributes"]).then(yes, no))) return;
    if (await run(["lfs", "version"]).then(yes, no)) return;
    throw new WorkspaceProblem(
      "setup-error",
      "The repository keeps files in Git LFS, and git-lfs is not installed on this worker.",
    );
  }
}

/** Just the commit, where the server gives it by its hash; else all branches and tags. */
async function fetchInto(run: (args: string[]) => Promise<string>, url: string, commit: string): Promise<void> {
  try {
    await run(["fetch", "-q", "--no-tags", "--depth=1", "--", url, commit]);
  } catch (error) {
    if (!isRefusedHash(error)) throw error;
    await run(["fetch", "-q", "--", url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]);
  }
}

function isRefusedHash(error: unknown): boolean {
  return (
    error instanceof ShardwrightError &&
    /unadvertised object|not our ref|no such remote ref|want .* not valid/i.test(error.message)
  );
}

function isGone(error: unknown): boolean {
  return error instanceof ShardwrightError && /not our ref|no such remote ref/i.test(error.message);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function goneFrom(url: string, commit: string): WorkspaceProblem {
  return new WorkspaceProblem("setup-error", `The commit ${commit} is not in ${url}: was it pushed, or is it gone since?`);
}

const yes = () => true;
const no = () => false;
