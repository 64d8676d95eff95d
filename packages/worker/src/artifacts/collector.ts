import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { artifactName, blobReportFolder, cutText, plural, type Artifact, type ArtifactLimits } from "@shardwright/core";
import { coveragePartFolder } from "@shardwright/runners";
import type { SecretMask } from "../output/secrets.ts";
import { isBatchFull, whyNotStored, type ArtifactStore } from "./artifact-store.ts";
import { masked, readRegularFile, tooLarge } from "./read-file.ts";
import { isChanged, scan, scanLimit, type Found } from "./scan.ts";
import { openWindow, type Window } from "./windows.ts";

export interface CollectorOptions {
  /** The slot's own folder for artifacts: empty when an attempt begins. */
  readonly folder: string;
  /** Absolute path of the workspace. */
  readonly workspace: string;
  /** The suite's folder, relative to it. */
  readonly directory: string;
  readonly globs: readonly string[];
  readonly limits: ArtifactLimits;
  readonly mask: SecretMask;
  readonly store: ArtifactStore;
}

export interface Collected {
  readonly artifacts: readonly Artifact[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

interface Candidate {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
  readonly isOwn: boolean;
}

/** Notes of one attempt; files left out for the same reason share one. */
const noteLimit = 16;
const noteLength = 1000;
/** Files that a note names. */
const namedInNote = 3;

/** Gathers what the attempts of one lease leave behind, one attempt after the other. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #suite: string;
  #before: Found = { files: new Map(), isCut: false };
  #window: Window | undefined;
  #beginning: Promise<void> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#suite = join(options.workspace, ...options.directory.split("/"));
  }

  /** An attempt is about to begin: what lies there now is none of its own. Never throws. */
  async begin(): Promise<void> {
    await this.drop();
    this.#beginning = this.#begin();
    await this.#beginning;
  }

  async #begin(): Promise<void> {
    const { folder, workspace, globs } = this.#options;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
      this.#window = await openWindow(workspace);
      this.#before = await scan(this.#suite, globs);
    } catch {
      // Gathering finds out the same, and says so.
      this.#before = { files: new Map(), isCut: false };
    }
  }

  /** The attempt will not be gathered. */
  async drop(): Promise<void> {
    await this.#beginning;
    const window = this.#window;
    this.#window = undefined;
    await window?.close();
  }

  /** The attempt is over and its process stands still: stores what it left behind. Never throws. @param signal ends storing */
  async gather(signal: AbortSignal): Promise<Collected> {
    const notes = new Notes(this.#options.mask);
    const window = this.#window;
    this.#window = undefined;
    // Without a window nothing is known of what was there before.
    if (window === undefined) return { artifacts: [], notes: ["its artifacts could not be watched"] };
    try {
      const candidates = await this.#candidates(notes);
      const isShared = await window.close();
      const chosen = this.#choose(candidates, notes);
      if (chosen.length === 0) return { artifacts: [], notes: notes.all };
      const artifacts = await this.#options.store.alone(() => this.#store(chosen, isShared, notes, signal));
      return { artifacts, notes: notes.all };
    } catch (error) {
      await window.close();
      notes.add(`its artifacts could not be gathered: ${whyNotStored(error)}`);
      return { artifacts: [], notes: notes.all };
    }
  }

  async #candidates(notes: Notes): Promise<Candidate[]> {
    const { folder, globs } = this.#options;
    const own = await scan(folder, ["**/*"]);
    const found = await scan(this.#suite, globs);
    if (own.isCut || found.isCut || this.#before.isCut)
      notes.add(`more than ${scanLimit} files match the globs of its artifacts; those were not looked at`);
    const changed = [...found.files].filter(([path, stats]) => isChanged(this.#before.files.get(path), stats));
    return [
      ...[...own.files].map(([path, stats]) => ({ path: join(folder, path), name: path, stats, isOwn: true })),
      // What was there and not looked at would pass for new.
      ...(this.#before.isCut ? [] : changed).map(([path, stats]) => ({
        path: join(this.#suite, path),
        name: path,
        stats,
        isOwn: false,
      })),
    ];
  }

  /** Refuses what cannot be an artifact, and keeps to the number allowed. */
  #choose(candidates: readonly Candidate[], notes: Notes): Candidate[] {
    const { count, file_bytes } = this.#options.limits;
    const chosen: Candidate[] = [];
    let left = 0;
    for (const candidate of candidates.toSorted(byOwnAndName)) {
      const { name, stats } = candidate;
      if (!stats.isFile() && !stats.isSymbolicLink()) notes.refuse(name, "is no regular file");
      else if (stats.isFile() && stats.size > file_bytes) notes.refuse(name, tooLarge(stats.size, file_bytes));
      else if (chosen.length < count) chosen.push(candidate);
      else left += 1;
    }
    if (left > 0) notes.add(`${plural(left, "artifact")} left out: --artifact-count allows ${count} an attempt`);
    return chosen;
  }

  async #store(chosen: readonly Candidate[], isShared: boolean, notes: Notes, signal: AbortSignal): Promise<Artifact[]> {
    const { folder, workspace, limits, mask, store } = this.#options;
    const folders = { own: [await realpath(folder)], shared: [await realpath(workspace)] };
    const artifacts: Artifact[] = [];
    const names = new Set<string>();
    let waiting: { content: Buffer; artifact: Omit<Artifact, "sha256" | "bytes"> }[] = [];
    let waiting_bytes = 0;
    let total_bytes = 0;
    const flush = async () => {
      const references = await store.put(
        waiting.map(({ content }) => content),
        signal,
      );
      artifacts.push(...waiting.map(({ artifact }, index) => ({ ...artifact, ...(references[index] as BlobPart) })));
      waiting = [];
      waiting_bytes = 0;
    };
    try {
      for (const { path, name, isOwn } of chosen) {
        signal.throwIfAborted();
        const content = await readRegularFile(
          path,
          isOwn ? [...folders.own, ...folders.shared] : folders.shared,
          limits.file_bytes,
        );
        if ("refusal" in content) {
          notes.refuse(name, content.refusal);
          continue;
        }
        const bytes = masked(content.bytes, mask);
        if (total_bytes + bytes.length > limits.attempt_bytes) {
          notes.refuse(name, `would exceed --artifact-total (${limits.attempt_bytes} bytes an attempt)`);
          continue;
        }
        total_bytes += bytes.length;
        waiting_bytes += bytes.length;
        const shared = isShared && !isOwn ? { shared: true as const } : {};
        waiting.push({ content: bytes, artifact: { name: unique(artifactName(mask.text(name)), names), ...shared } });
        if (isBatchFull(waiting.length, waiting_bytes)) await flush();
      }
      if (waiting.length > 0) await flush();
    } catch (error) {
      const missing = chosen.length - artifacts.length;
      notes.add(`${missing} of ${plural(chosen.length, "artifact")} not stored: ${whyNotStored(error)}`);
    }
    return artifacts;
  }
}

type BlobPart = Pick<Artifact, "sha256" | "bytes">;

/** What the run itself needs comes before what people may look at. */
function byOwnAndName(a: Candidate, b: Candidate): number {
  if (a.isOwn !== b.isOwn) return a.isOwn ? -1 : 1;
  if (isNeeded(a) !== isNeeded(b)) return isNeeded(a) ? -1 : 1;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** What an attempt has covered, and what a framework makes its own report of. */
function isNeeded({ name }: Candidate): boolean {
  return name.startsWith(`${coveragePartFolder}/`) || name.startsWith(`${blobReportFolder}/`);
}

/** Two files may come to one name when it is made harmless, or lie in both folders. */
function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number += 1) candidate = artifactName(`${name.slice(0, 480)}~${number}`);
  taken.add(candidate);
  return candidate;
}

/** What an attempt's report says of files left out: bounded, whatever their number. */
class Notes {
  readonly #mask: SecretMask;
  readonly #said: string[] = [];
  readonly #refused = new Map<string, { names: string[]; count: number }>();

  constructor(mask: SecretMask) {
    this.#mask = mask;
  }

  add(note: string): void {
    this.#said.push(note);
  }

  refuse(name: string, why: string): void {
    // Sizes differ; the reason is the same.
    const reason = why.replace(/^has \d+ bytes, more/, "is larger");
    const known = this.#refused.get(reason) ?? { names: [], count: 0 };
    if (known.names.length < namedInNote) known.names.push(artifactName(this.#mask.text(name)).slice(-200));
    known.count += 1;
    this.#refused.set(reason, known);
  }

  get all(): string[] {
    const refusals = [...this.#refused].map(([reason, { names, count }]) => {
      const more = count > names.length ? ` (and ${count - names.length} more like it)` : "";
      return `the artifact ${names.join(", ")}${more} was left out: it ${reason}`;
    });
    return [...this.#said, ...refusals].slice(0, noteLimit).map((note) => cutText(this.#mask.text(note), noteLength));
  }
}
