import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "@shardwright/core";
import { git } from "./git.ts";
import { GitMirrors, type GitMirrorsOptions } from "./git-mirrors.ts";
import { WorkspaceProblem } from "./problem.ts";

type GitWorkspace = Extract<Workspace, { kind: "git" }>;

/** Checks out commits, by way of mirrors. */
export class GitSource {
  readonly #mirrors: GitMirrors;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(options: GitMirrorsOptions) {
    this.#mirrors = new GitMirrors(options);
    this.#environment = options.environment;
  }

  /**
   * Puts a commit into a folder: an empty one, or one that holds another commit of the same repository. Nothing of the `.git` that was
   * there is used: tests may have written to it. @returns the names of the files
   */
  async checkOut({ url, commit }: GitWorkspace, target: string, signal: AbortSignal): Promise<string[]> {
    const mirror = await this.#mirrors.fetch(url, commit, signal);
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
    await this.#mirrors.trim();
    return (await run(["ls-files", "-z", "--recurse-submodules"])).split("\0").filter((name) => name !== "");
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

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

const yes = () => true;
const no = () => false;
