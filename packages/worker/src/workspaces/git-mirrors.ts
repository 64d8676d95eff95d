import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { backoff_ms, pause } from "@shardwright/client";
import { ShardwrightError } from "@shardwright/core";
import { git } from "./git.ts";
import { WorkspaceProblem } from "./problem.ts";

export interface GitMirrorsOptions {
  /** Folder that the mirrors lie in. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Mirrors that no checkout in use needs are removed beyond so many bytes, and one that has grown so large begins anew. */
  readonly limit_bytes: number;
  /** How many checkouts of a repository are in use, the one that is being made included. */
  readonly usersOf: (url: string) => number;
}

const attempts = 4;

/** What was fetched of each repository, so that its next commit costs only the difference. */
export class GitMirrors {
  readonly #options: GitMirrorsOptions;
  /** One thing at a time is done with a mirror. */
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #urls = new Map<string, string>();

  constructor(options: GitMirrorsOptions) {
    this.#options = options;
  }

  /**
   * Fetches a commit, if it is not there yet. @returns the mirror's folder
   * @throws WorkspaceProblem when the repository does not have it, ShardwrightError `git-failed`
   */
  async fetch(url: string, commit: string, signal: AbortSignal): Promise<string> {
    const name = `${createHash("sha256").update(url).digest("hex").slice(0, 16)}.git`;
    const mirror = join(this.#options.root, name);
    this.#urls.set(name, url);
    await this.#inTurn(name, () => this.#bring(mirror, url, commit, signal));
    return mirror;
  }

  /** Removes those not used for longest until the rest has room. */
  async trim(): Promise<void> {
    const { root, limit_bytes } = this.#options;
    const mirrors = await Promise.all(
      (await readdir(root)).map(async (name) => {
        const { mtimeMs } = await stat(join(root, name)).catch(() => ({ mtimeMs: 0 }));
        return { name, mtimeMs, bytes: await bytesOf(join(root, name)) };
      }),
    );
    let bytes = mirrors.reduce((sum, mirror) => sum + mirror.bytes, 0);
    for (const mirror of mirrors.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (bytes <= limit_bytes) break;
      await this.#inTurn(mirror.name, async () => {
        const url = this.#urls.get(mirror.name);
        if (url !== undefined && this.#options.usersOf(url) > 0) return;
        await rm(join(root, mirror.name), { recursive: true, force: true });
        this.#urls.delete(mirror.name);
        bytes -= mirror.bytes;
      });
    }
  }

  async #inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(name) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(work);
    this.#busy.set(name, turn);
    try {
      await turn;
    } finally {
      if (this.#busy.get(name) === turn) this.#busy.delete(name);
    }
  }

  async #bring(mirror: string, url: string, commit: string, signal: AbortSignal): Promise<void> {
    const { environment, limit_bytes, usersOf } = this.#options;
    if (usersOf(url) <= 1 && (await bytesOf(mirror)) > limit_bytes) await rm(mirror, { recursive: true, force: true });
    await mkdir(mirror, { recursive: true });
    const run = (args: string[]) => git(args, { cwd: mirror, signal, environment });
    const has = () => run(["cat-file", "-e", `${commit}^{commit}`]).then(yes, no);
    await run(["init", "-q", "--bare", "--template="]);
    // Nothing refers to the commits fetched by their hash: git must not clear them away.
    await run(["config", "gc.auto", "0"]);
    const now = new Date();
    await utimes(mirror, now, now);
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
}

/** What a mirror's objects take; the rest of it is small. */
async function bytesOf(mirror: string): Promise<number> {
  const objects = join(mirror, "objects");
  const names = await readdir(objects, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) => stat(join(objects, name)).then((found) => (found.isFile() ? found.size : 0), none)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
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

function goneFrom(url: string, commit: string): WorkspaceProblem {
  return new WorkspaceProblem("setup-error", `The commit ${commit} is not in ${url}: was it pushed, or is it gone since?`);
}

const yes = () => true;
const no = () => false;
const none = () => 0;
