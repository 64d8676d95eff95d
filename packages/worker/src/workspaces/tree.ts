import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "@shardwright/core";
import type { BundleSource } from "./bundle-source.ts";
import type { GitSource } from "./git-source.ts";
import { runSetup, setupKey } from "./setup.ts";
import { restore, takeSnapshot, type Snapshot } from "./snapshot.ts";

export type RemoteWorkspace = Extract<Workspace, { kind: "git" | "bundle" }>;

export interface TreeParts {
  readonly git: GitSource;
  readonly bundles: BundleSource;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * A folder with a checkout, made ready by its setup command. It serves one run at a time; the next one gets it only as it was before the
 * first, and with the setup's work kept where command and lock files are the same.
 */
export class Tree {
  readonly path: string;
  readonly #parts: TreeParts;
  #snapshot: Snapshot | undefined;
  #setupKey: string | undefined;
  #names: readonly string[] = [];

  constructor(path: string, parts: TreeParts) {
    this.path = path;
    this.#parts = parts;
  }

  /** Bytes of what it held when it was ready. */
  get bytes(): number {
    return this.#snapshot?.bytes ?? 0;
  }

  /** Makes it ready for a workspace. @throws WorkspaceProblem, ShardwrightError, errors of the file system: it is of no use then */
  async prepare(workspace: RemoteWorkspace, signal: AbortSignal): Promise<void> {
    const { setup } = workspace;
    const root = join(this.path, ...workspace.directory.split("/"));
    const isClean = this.#snapshot !== undefined && (await restore(this.path, this.#snapshot));
    if (!isClean) await this.#clear();
    this.#snapshot = undefined;
    await this.#bring(workspace, signal);
    if (this.#setupKey !== undefined && (await setupKey(root, setup)) !== this.#setupKey) {
      // What another setup left behind is no clean start for this one.
      await this.#clear();
      await this.#bring(workspace, signal);
    }
    if (this.#setupKey === undefined) {
      if (setup !== undefined) await runSetup(root, setup, this.#parts.environment, signal);
      this.#setupKey = await setupKey(root, setup);
    }
    this.#snapshot = await takeSnapshot(this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  async #clear(): Promise<void> {
    await this.remove();
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    this.#setupKey = undefined;
    this.#names = [];
  }

  async #bring(workspace: RemoteWorkspace, signal: AbortSignal): Promise<void> {
    const { git, bundles } = this.#parts;
    const before = this.#names;
    this.#names =
      workspace.kind === "git"
        ? await git.checkOut(workspace, this.path, signal)
        : await bundles.unpack(workspace, this.path, signal);
    const now = new Set(this.#names);
    for (const name of before) if (!now.has(name)) await rm(join(this.path, ...name.split("/")), { force: true });
  }
}
