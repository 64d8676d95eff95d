import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { workerEventSchema, type WorkerEvent } from "@shardwright/core";

/** What is kept of an event: itself, and the log it will refer to. */
export interface JournalRecord {
  readonly event: WorkerEvent;
  readonly log?: Buffer | undefined;
}

/** One record on the disk. */
export interface Stored {
  /** @throws what the file system does, and SyntaxError where other bytes are there */
  read(): JournalRecord;
  /** It need not be kept any longer. */
  done(): void;
}

export interface JournalOptions {
  /** Folder for the file; made when it is first needed. */
  readonly folder: string;
  /** Most bytes on the disk. */
  readonly limit_bytes: number;
  /** Nothing is left for a worker after this one. */
  readonly ephemeral: boolean;
}

/** A record that a process which has ended left behind. */
export interface LeftBehind {
  readonly event: WorkerEvent;
  readonly bytes: number;
  readonly stored: Stored;
}

const namePattern = /^results-(\d+)-\d+\.jsonl$/;
/** Journals of ended processes that are taken up at a start. */
const adoptionLimit = 16;
const newline = 0x0a;
const chunk_bytes = 1024 * 1024;

/** Journals that belong to workers of this process. */
const owned = new Set<string>();
let made = 0;

/**
 * Results on this machine's disk, one JSON text a line, until a coordinator has acknowledged them. It survives the death of the worker's
 * process, not a loss of power: it is not synced, for what is lost with the machine is run again.
 */
export class Journal {
  readonly #options: JournalOptions;
  #file: JournalFile | undefined;
  #adopted: readonly JournalFile[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Writes a record. @returns undefined where there is no room for it. @throws what the file system does */
  write(record: JournalRecord): Stored | undefined {
    const { folder, limit_bytes } = this.#options;
    const line = Buffer.from(`${JSON.stringify({ event: record.event, log: record.log?.toString("base64") })}\n`);
    if ((this.#file?.end ?? 0) + line.length > limit_bytes) return undefined;
    this.#file ??= JournalFile.create(folder);
    return this.#file.append(line);
  }

  /**
   * What workers left in this folder that have ended: of attempts that came to their end, all there is. What there is of others is
   * dropped, for they will be run again from their beginning.
   */
  leftBehind(): LeftBehind[] {
    if (this.#options.ephemeral) return [];
    this.#adopted = leftIn(this.#options.folder)
      .slice(0, adoptionLimit)
      .flatMap((path) => JournalFile.adopt(path) ?? []);
    return this.#adopted.flatMap((file) => file.finished());
  }

  /** Ends the journal; what is still in it stays for the next worker in this folder, unless nothing is to be left. */
  close(): void {
    for (const file of this.#adopted) file.close(false);
    this.#file?.close(this.#options.ephemeral);
    if (this.#file !== undefined && this.#options.ephemeral) removeEmpty(this.#options.folder);
  }
}

class JournalFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #isOwn: boolean;
  /** Records that are still wanted. */
  #wanted = 0;
  /** Where the next record goes. */
  end = 0;

  static create(folder: string): JournalFile {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    made += 1;
    return new JournalFile(join(folder, `results-${process.pid}-${made}.jsonl`), "w+");
  }

  /** Another process's, to which nothing is added; undefined where it is another user's, or gone since. */
  static adopt(path: string): JournalFile | undefined {
    try {
      return new JournalFile(path, "r+");
    } catch {
      return undefined;
    }
  }

  /** What is there of attempts that came to their end. Without any of it wanted any more, the file is removed. */
  finished(): LeftBehind[] {
    const found = [...this.#lines()].flatMap(({ offset, length }) => {
      const event = this.#eventAt(offset, length);
      return event === undefined ? [] : [{ event, bytes: length, stored: this.#storedAt(offset, length) }];
    });
    const keyOf = ({ run, fence, task, attempt }: WorkerEvent) => `${run} ${fence} ${task} ${attempt}`;
    const finished = new Set(found.filter(({ event }) => event.type === "finished").map(({ event }) => keyOf(event)));
    const wanted = found.filter(({ event }) => finished.has(keyOf(event)));
    this.#wanted = wanted.length;
    if (wanted.length === 0) this.close(true);
    return wanted;
  }

  private constructor(path: string, flags: "w+" | "r+") {
    this.#path = path;
    this.#descriptor = openSync(path, flags, 0o600);
    this.#isOwn = flags === "w+";
    owned.add(path);
  }

  append(line: Buffer): Stored {
    const offset = this.end;
    // At a given place, so that a write that failed half way is overwritten by the next.
    for (let written = 0; written < line.length;)
      written += writeSync(this.#descriptor, line, written, line.length - written, offset + written);
    this.end += line.length;
    this.#wanted += 1;
    return this.#storedAt(offset, line.length);
  }

  close(remove: boolean): void {
    if (!owned.delete(this.#path)) return;
    closeSync(this.#descriptor);
    if (remove || this.#wanted === 0) rmSync(this.#path, { force: true });
  }

  #storedAt(offset: number, length: number): Stored {
    let isDone = false;
    return {
      read: () => {
        const { event, log } = JSON.parse(this.#textAt(offset, length)) as { event: WorkerEvent; log?: string };
        return { event, log: log === undefined ? undefined : Buffer.from(log, "base64") };
      },
      done: () => {
        if (isDone) return;
        isDone = true;
        this.#wanted -= 1;
        if (this.#wanted === 0) this.#clear();
      },
    };
  }

  #clear(): void {
    if (!this.#isOwn) return this.close(true);
    this.end = 0;
    try {
      ftruncateSync(this.#descriptor, 0);
    } catch {
      // What is sent twice counts once.
    }
  }

  #eventAt(offset: number, length: number): WorkerEvent | undefined {
    try {
      const { event } = JSON.parse(this.#textAt(offset, length)) as { event?: unknown };
      return workerEventSchema.safeParse(event).data;
    } catch {
      // Half a line, of a process that was killed while it wrote.
      return undefined;
    }
  }

  #textAt(offset: number, length: number): string {
    const bytes = Buffer.alloc(length);
    let read = 0;
    while (read < length) {
      const more = readSync(this.#descriptor, bytes, read, length - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return bytes.toString("utf8", 0, read);
  }

  *#lines(): Generator<{ offset: number; length: number }> {
    const chunk = Buffer.alloc(chunk_bytes);
    let start = 0;
    for (let offset = 0, read = -1; read !== 0; offset += read) {
      read = readSync(this.#descriptor, chunk, 0, chunk.length, offset);
      for (let at = chunk.indexOf(newline); at !== -1 && at < read; at = chunk.indexOf(newline, at + 1)) {
        yield { offset: start, length: offset + at + 1 - start };
        start = offset + at + 1;
      }
    }
  }
}

/** Journals in the folder whose process has ended, the oldest process first. */
function leftIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .flatMap((name) => {
      const pid = Number(namePattern.exec(name)?.[1] ?? 0);
      const path = join(folder, name);
      return pid > 0 && !owned.has(path) && !isAnother(pid) ? [path] : [];
    })
    .toSorted();
}

/** Whether a process of this number lives that is not this one; in a container the one before may well have had the same number. */
function isAnother(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function removeEmpty(folder: string): void {
  for (const path of [folder, dirname(folder)])
    try {
      rmdirSync(path);
    } catch {
      // There is something else in it.
      return;
    }
}
