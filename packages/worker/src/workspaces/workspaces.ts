import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { backoff_ms, type Client } from "@shardwright/client";
import type { Lease } from "@shardwright/core";
import { BundleSource } from "./bundle-source.ts";
import { findDirectory, findSuite } from "./dir-source.ts";
import { GitSource } from "./git-source.ts";
import { problemFrom, WorkspaceProblem } from "./problem.ts";
import { Tree, type RemoteWorkspace, type TreeParts } from "./tree.ts";

export interface WorkspacesOptions {
  /** Folder for checkouts and what they are made from; made when it is first needed. */
  readonly root: string;
  /** Room for checkouts that no run uses, in bytes. */
  readonly quota_bytes: number;
  /** Room for mirrors of repositories, and the same for chunks of bundles, in bytes. */
  readonly cache_bytes?: number;
  /** How long after its last lease a run's processes are certainly gone from its checkout. */
  readonly quiet_ms: number;
  /** Folders that `dir` workspaces must lie in; any when absent. */
  readonly directories?: readonly string[] | undefined;
  /** The worker's own checkout, for `checkout` workspaces. */
  readonly checkout?: string | undefined;
  /** Nothing is kept for a worker after this one. */
  readonly ephemeral: boolean;
  /** For git and setup commands. */
  readonly environment: Readonly<Record<string, string>>;
  readonly client: Pick<Client, "getBlob">;
}

/** A workspace in use. */
export interface Place {
  /** Absolute path of the workspace's root. */
  readonly path: string;
  release(): void;
}

interface Kept {
  readonly tree: Tree;
  /** What it can be made into at little cost. */
  readonly origin: string;
  /** Run and workspace it is ready for. */
  purpose: string;
  users: number;
  idleSince_ms: number;
  ready: Promise<void>;
  abort: AbortController;
  /** Something went wrong in it that may be its fault. */
  isSpoiled: boolean;
}

/** Folders that belong to a worker of this process. */
const owned = new Set<string>();
/** Failures of this machine that are passed on to others before they count as a test's result, for each run. */
const strikesLimit = 3;
const cacheLimit_bytes = 4 * 1024 * 1024 * 1024;

/** The workspaces of one worker: finds them, brings them, keeps them for what comes next. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #kept = new Set<Kept>();
  readonly #strikes = new Map<string, number>();
  #home: { path: string; parts: TreeParts } | undefined;
  #made = 0;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /**
   * The workspace of a lease. Every lease of a run gets the same, until one is to begin afresh: that one, and those after it, get a new one.
   * @throws WorkspaceProblem; the signal's reason when aborted
   */
  async acquire(
    {
      run,
      workspace,
      suite,
      afresh = false,
    }: Pick<Lease, "run" | "workspace" | "suite"> & { readonly afresh?: boolean | undefined },
    signal: AbortSignal,
  ): Promise<Place> {
    if (workspace.kind === "dir") {
      await findDirectory(workspace.path, suite.directory, this.#options.directories);
      return { path: workspace.path, release: () => {} };
    }
    if (workspace.kind === "checkout") {
      const { checkout } = this.#options;
      if (checkout === undefined)
        throw new WorkspaceProblem(
          "setup-error",
          "This worker has no checkout of its own, and the run's workers are to bring theirs.",
        );
      await findSuite(checkout, suite.directory);
      return { path: checkout, release: () => {} };
    }
    if (afresh) this.#leaveBehind(purposeOf(run, workspace));
    const kept = this.#keptFor(run, workspace, afresh);
    kept.users += 1;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#leave(kept);
    };
    try {
      await untilAborted(kept.ready, signal);
      const path = join(kept.tree.path, ...workspace.directory.split("/"));
      await findSuite(path, suite.directory);
      return { path, release };
    } catch (error) {
      release();
      signal.throwIfAborted();
      throw problemFrom(error, `The workspace could not be made on this worker`);
    }
  }

  /**
   * What to do with tasks whose workspace this machine cannot provide: undefined when others may fare better no more; else how long to
   * take no work before trying again.
   */
  strike(run: string): number | undefined {
    const strikes = (this.#strikes.get(run) ?? 0) + 1;
    this.#strikes.set(run, strikes);
    for (const oldest of this.#strikes.keys()) {
      if (this.#strikes.size <= 1000) break;
      this.#strikes.delete(oldest);
    }
    return strikes > strikesLimit ? undefined : backoff_ms(strikes, { base_ms: 1000, cap_ms: 10_000 });
  }

  /** Ends what is being made and removes all checkouts. */
  async close(): Promise<void> {
    for (const { abort } of this.#kept) abort.abort(new Error("the worker ends"));
    await Promise.allSettled([...this.#kept].map(({ ready }) => ready));
    await Promise.allSettled([...this.#kept].map(({ tree }) => tree.remove()));
    this.#kept.clear();
    if (this.#home === undefined) return;
    const { path } = this.#home;
    owned.delete(path);
    await rm(this.#options.ephemeral ? path : join(path, "owner"), { recursive: true, force: true }).catch(() => {});
  }

  /** What was made for a purpose is used to the end by those who use it, and by nobody after them. */
  #leaveBehind(purpose: string): void {
    for (const kept of this.#kept) {
      if (kept.purpose !== purpose) continue;
      kept.isSpoiled = true;
      kept.purpose = "";
      if (kept.users === 0) this.#drop(kept);
    }
  }

  #keptFor(run: string, workspace: RemoteWorkspace, isNew: boolean): Kept {
    const purpose = purposeOf(run, workspace);
    for (const kept of this.#kept) if (kept.purpose === purpose) return kept;
    const origin = originOf(workspace);
    const kept = (isNew ? undefined : this.#idle(origin)) ?? this.#fresh(origin);
    kept.purpose = purpose;
    kept.abort = new AbortController();
    kept.ready = kept.tree.prepare(workspace, kept.abort.signal).then(() => this.#trim());
    kept.ready.catch(() => this.#drop(kept));
    return kept;
  }

  #idle(origin: string): Kept | undefined {
    const before_ms = performance.now() - this.#options.quiet_ms;
    for (const kept of this.#kept) if (kept.origin === origin && kept.users === 0 && kept.idleSince_ms <= before_ms) return kept;
    return undefined;
  }

  #fresh(origin: string): Kept {
    const { path, parts } = (this.#home ??= this.#openHome());
    this.#made += 1;
    const tree = new Tree(join(path, "trees", String(this.#made)), parts);
    const kept: Kept = {
      tree,
      origin,
      purpose: "",
      users: 0,
      idleSince_ms: 0,
      ready: Promise.resolve(),
      abort: new AbortController(),
      isSpoiled: false,
    };
    this.#kept.add(kept);
    return kept;
  }

  #leave(kept: Kept): void {
    kept.users -= 1;
    if (kept.users > 0) return;
    kept.idleSince_ms = performance.now();
    if (kept.isSpoiled) this.#drop(kept);
  }

  #drop(kept: Kept): void {
    this.#kept.delete(kept);
    // What cannot be removed now is removed when a worker of this name starts.
    void kept.tree.remove().catch(() => {});
  }

  /** Removes those idle for longest until the rest has room. */
  #trim(): void {
    const idle = [...this.#kept].filter(({ users }) => users === 0).sort((a, b) => a.idleSince_ms - b.idleSince_ms);
    let bytes = [...this.#kept].reduce((sum, { tree }) => sum + tree.bytes, 0);
    for (const kept of idle) {
      if (bytes <= this.#options.quota_bytes) break;
      bytes -= kept.tree.bytes;
      this.#drop(kept);
    }
  }

  /** Takes the folder for this process. Another live process there gets to keep it; this one then has a folder beside. */
  #openHome(): { path: string; parts: TreeParts } {
    const { root, environment, client, cache_bytes = cacheLimit_bytes } = this.#options;
    const path = isOwnedByAnother(root) ? `${root}-${process.pid}-${owned.size}` : root;
    owned.add(path);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(join(path, "owner"), String(process.pid));
    rmSync(join(path, "trees"), { recursive: true, force: true });
    const parts = {
      environment,
      git: new GitSource({
        root: join(path, "mirrors"),
        environment,
        limit_bytes: cache_bytes,
        usersOf: (url) => [...this.#kept].filter(({ origin, users }) => users > 0 && origin === originOfGit(url)).length,
      }),
      bundles: new BundleSource(join(path, "chunks"), client, cache_bytes),
    };
    return { path, parts };
  }
}

function isOwnedByAnother(root: string): boolean {
  if (owned.has(root)) return true;
  try {
    const pid = Number(readFileSync(join(root, "owner"), "utf8"));
    // In a container the process before this one may well have had the same number.
    if (pid === process.pid || !Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, but another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function purposeOf(run: string, workspace: RemoteWorkspace): string {
  return JSON.stringify([run, workspace]);
}

/** Workspaces of one origin differ by a commit. */
function originOf(workspace: RemoteWorkspace): string {
  return workspace.kind === "git"
    ? originOfGit(workspace.url)
    : `bundle ${workspace.directory} ${workspace.setup?.command ?? ""}`;
}

function originOfGit(url: string): string {
  return `git ${url}`;
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
