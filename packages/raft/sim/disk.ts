import { joining } from "../src/state.ts";
import type { Base, Entry, HardState, Index, Loss, Snapshot, Stored, Write } from "../src/types.ts";

/** What one node's disk holds for certain: a change that is not in here did not happen if the node dies now. */
export interface Disk {
  hard: HardState;
  base: Base;
  entries: Entry[];
  loss: Loss | undefined;
  /** Record of a snapshot that the tables may not have taken over yet. */
  snapshot: Snapshot | undefined;
  /** Fetched snapshots, by digest. */
  files: Map<string, Uint8Array>;
  /** The tables as they were last made durable; undefined before that. */
  tables: Uint8Array | undefined;
}

export function diskWith({ hard, base, entries, loss }: Stored): Disk {
  return { hard, base, entries: [...entries], loss, snapshot: undefined, files: new Map(), tables: undefined };
}

export function commitWrite(disk: Disk, write: Write): void {
  if (write.isRepaired === true) disk.loss = undefined;
  if (write.hard !== undefined) disk.hard = write.hard;
  if (write.base !== undefined) {
    const { index } = write.base;
    disk.entries = write.dropsLog === true ? [] : disk.entries.filter((entry) => entry.index > index);
    disk.base = write.base;
  }
  if (write.snapshot !== undefined) disk.snapshot = write.snapshot;
  const [first] = write.entries ?? [];
  if (first === undefined) return;
  disk.entries = [...disk.entries.slice(0, first.index - disk.base.index - 1), ...(write.entries ?? [])];
}

export function lastOf(disk: Disk): Index {
  return disk.base.index + disk.entries.length;
}

export function termOn(disk: Disk, index: Index): number | undefined {
  return index === disk.base.index ? disk.base.term : disk.entries[index - disk.base.index - 1]?.term;
}

/** Loses an entry and all after it, as a reader finds that checks each one; what may have been acknowledged is remembered. */
export function rot(disk: Disk, index: Index): void {
  remember(disk);
  disk.entries = disk.entries.filter((entry) => entry.index < index);
}

function remember(disk: Disk): void {
  disk.loss = { upTo: Math.max(disk.loss?.upTo ?? 0, lastOf(disk)), term: disk.hard.term };
}

/** Loses tables and log, but not what was promised in elections. */
export function loseTables(disk: Disk): void {
  remember(disk);
  disk.base = joining().base;
  disk.entries = [];
  disk.snapshot = undefined;
  disk.files.clear();
  disk.tables = undefined;
}

export function storedOn(disk: Disk): Stored {
  return { hard: disk.hard, base: disk.base, entries: disk.entries, loss: disk.loss };
}
