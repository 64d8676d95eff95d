import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf } from "@shardwright/core";
import { freeSpace_bytes, makeBuildPlace } from "./build-place.ts";
import { Turns } from "../process/turns.ts";
import { buildTests, type Built } from "./build.ts";
import type { Toolchain } from "./toolchain.ts";

/** Packages that one invocation of the go command builds at most: whoever needs one of them waits for less than all. */
const batchLimit = 8;
/** Packages that are built ahead for one session. */
const aheadLimit = 6;
/** Invocations of the go command at a time; each uses all processors where it can. */
const invocationLimit = 2;
/** Requests that come within this time are served together: sessions begin at the same time. */
const gather_ms = 5;
/** Binaries that nobody uses are kept up to here, for what runs again and for other parts of the same package. */
const keptLimit_bytes = 1024 * 1024 * 1024;
/** Of the space that is free. */
const keptShare = 0.25;

export interface BuilderOptions {
  readonly toolchain: Toolchain;
  /** Flags for building. */
  readonly build: readonly string[];
  /** How many packages may run at the same time; as many as there are sessions when absent. */
  readonly places?: number | undefined;
  /** All packages' folders, in the order in which they are worth building ahead, where they are known. */
  readonly all: () => readonly string[];
}

interface Entry {
  state: "wanted" | "building" | "built";
  built: Built | undefined;
  size_bytes: number;
  /** Sessions that run it now. */
  users: number;
  wasUsed: boolean;
  waiting: ((built: Built) => void)[];
}

/**
 * Builds the test binaries of one suite for all sessions of this process, once each: first what a session waits for, then what it comes
 * to next, then all others while there is room.
 */
export class Builder {
  readonly #options: BuilderOptions;
  readonly #clients = new Set<BuilderClient>();
  readonly #turns: Turns | undefined;
  /** By folder; the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new AbortController();
  /** Folders that were built, or are being built: ahead of any need, that happens once. */
  readonly #begun = new Set<string>();
  #place: Promise<string> | undefined;
  #room_bytes = keptLimit_bytes;
  #running = 0;
  #batches = 0;
  /** What all packages share is built: others can be built at the same time without building it twice. */
  #isWarm = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #ended: Promise<void>[] = [];

  constructor(options: BuilderOptions) {
    this.#options = options;
    this.#turns = options.places === undefined ? undefined : new Turns(options.places);
  }

  /** Waits until one more package may run. The function it brings ends that. */
  async turn(): Promise<() => void> {
    return (await this.#turns?.take()) ?? (() => {});
  }

  join(): BuilderClient {
    const client = new BuilderClient(this);
    this.#clients.add(client);
    return client;
  }

  /** Nobody uses it any more: it builds nothing. */
  get isOver(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Ends all builds and removes the binaries when nobody is left. */
  async leave(client: BuilderClient): Promise<void> {
    this.#clients.delete(client);
    if (this.#clients.size > 0 || this.isOver) return;
    clearTimeout(this.#timer);
    this.#stopping.abort(new Error("nobody waits for it"));
    await Promise.all(this.#ended);
    const place = await this.#place?.catch(() => undefined);
    if (place !== undefined) await rm(place, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Looks for something to build. */
  poke(): void {
    if (this.#isWarm) return this.#schedule();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, gather_ms);
  }

  /** The package's binary, as soon as there is one, or undefined when the signal is aborted before. */
  acquire(folder: string, signal: AbortSignal): Promise<Built | undefined> {
    const entry = this.#entry(folder);
    this.#entries.delete(folder);
    this.#entries.set(folder, entry);
    entry.users += 1;
    if (entry.built !== undefined || signal.aborted) return Promise.resolve(entry.built);
    return new Promise((resolve) => {
      const abort = () => {
        entry.waiting.splice(entry.waiting.indexOf(tell), 1);
        resolve(undefined);
      };
      const tell = (built: Built) => {
        signal.removeEventListener("abort", abort);
        resolve(built);
      };
      signal.addEventListener("abort", abort, { once: true });
      entry.waiting.push(tell);
      this.poke();
    });
  }

  /** To be called once for each `acquire`. */
  release(folder: string): void {
    const entry = this.#entries.get(folder);
    if (entry === undefined) return;
    entry.users -= 1;
    entry.wasUsed = true;
    // What failed is tried again when it is asked for again.
    if (entry.users === 0 && entry.built?.kind === "failed") this.#entries.delete(folder);
    this.#makeRoom();
    this.poke();
  }

  #entry(folder: string): Entry {
    let entry = this.#entries.get(folder);
    if (entry === undefined) {
      entry = { state: "wanted", built: undefined, size_bytes: 0, users: 0, wasUsed: false, waiting: [] };
      this.#entries.set(folder, entry);
    }
    return entry;
  }

  #schedule(): void {
    if (this.isOver || this.#running >= invocationLimit) return;
    const urgent = [...this.#entries].filter(([, { state, waiting }]) => state === "wanted" && waiting.length > 0);
    if (this.#running > 0) {
      if (this.#isWarm && urgent.length > 0) this.#start(urgent.map(([folder]) => folder));
      return;
    }
    const wanted = new Set(urgent.map(([folder]) => folder));
    for (const folder of this.#ahead()) {
      if (wanted.size >= batchLimit) break;
      if ((this.#entries.get(folder)?.state ?? "wanted") === "wanted") wanted.add(folder);
    }
    if (wanted.size > 0) this.#start([...wanted].slice(0, batchLimit));
  }

  *#ahead(): Generator<string> {
    const clients = [...this.#clients];
    for (let distance = 0; distance < aheadLimit; distance += 1)
      for (const { upcoming } of clients) {
        const folder = upcoming[distance];
        if (folder !== undefined) yield folder;
      }
    if (this.#kept_bytes(({ wasUsed }) => !wasUsed) >= this.#room_bytes) return;
    for (const folder of this.#options.all()) if (!this.#begun.has(folder)) yield folder;
  }

  #start(folders: readonly string[]): void {
    this.#running += 1;
    for (const folder of folders) {
      this.#entry(folder).state = "building";
      this.#begun.add(folder);
    }
    const ended = this.#build(folders).finally(() => {
      this.#running -= 1;
      this.#schedule();
    });
    this.#ended.push(ended);
  }

  async #build(folders: readonly string[]): Promise<void> {
    const number = (this.#batches += 1);
    const { toolchain, build } = this.#options;
    const onBuilt = (folder: string, built: Built) => void this.#onBuilt(folder, built);
    try {
      this.#place ??= makeBuildPlace(toolchain.environment);
      const place = await this.#place;
      this.#room_bytes = Math.min(keptLimit_bytes, (await freeSpace_bytes(place)) * keptShare);
      await buildTests({ toolchain, build, folders, place: join(place, String(number)), signal: this.#stopping.signal, onBuilt });
    } catch (error) {
      for (const folder of folders)
        onBuilt(folder, { kind: "failed", message: `There is no place to build in: ${reasonOf(error)}` });
    }
  }

  async #onBuilt(folder: string, built: Built): Promise<void> {
    const entry = this.#entries.get(folder);
    if (entry?.state !== "building") return;
    if (built.kind === "binary")
      entry.size_bytes = await stat(built.path).then(
        ({ size }) => size,
        () => 0,
      );
    entry.state = "built";
    entry.built = built;
    for (const tell of entry.waiting.splice(0)) tell(built);
    this.#isWarm ||= built.kind === "binary";
    this.#schedule();
  }

  /** Of what was used and is not any more, the least recently used goes first. */
  #makeRoom(): void {
    for (const [folder, entry] of this.#entries) {
      if (this.#kept_bytes(() => true) <= this.#room_bytes) return;
      if (entry.users > 0 || !entry.wasUsed || entry.built?.kind !== "binary") continue;
      this.#entries.delete(folder);
      // A leftover goes with the whole folder at the end.
      void rm(dirname(entry.built.path), { recursive: true, force: true }).catch(() => {});
    }
  }

  #kept_bytes(counts: (entry: Entry) => boolean): number {
    let sum_bytes = 0;
    for (const entry of this.#entries.values()) if (entry.users === 0 && counts(entry)) sum_bytes += entry.size_bytes;
    return sum_bytes;
  }
}

/** A session's share in a builder. */
export class BuilderClient {
  /** Folders of the packages that it comes to next, in order. */
  upcoming: readonly string[] = [];
  readonly #builder: Builder;

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  expect(folders: readonly string[]): void {
    this.upcoming = folders;
    this.#builder.poke();
  }

  acquire(folder: string, signal: AbortSignal): Promise<Built | undefined> {
    return this.#builder.acquire(folder, signal);
  }

  release(folder: string): void {
    this.#builder.release(folder);
  }

  turn(): Promise<() => void> {
    return this.#builder.turn();
  }
}
