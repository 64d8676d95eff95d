import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, writeSync } from "node:fs";

// This file runs in a thread of its own as well: it imports nothing but Node.

/** SQLite's pages, each with a header of its own in the log, behind one for all. */
const page_bytes = 4096 + 24;
const head_bytes = 32;
/** What the last commits before it is folded bring beyond that. */
const spare_pages = 64;

/**
 * Gives a write-ahead log its room on the disk before it is needed: to sync what is written over takes half the time of what makes a file
 * longer, for the file's length need not be synced with it. Zeros are no frames: SQLite reads to the last one that matches its checksum.
 * Without room on the disk it stays as it is.
 * @param pages that it holds before it begins anew
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function reserveWal(path: string, pages: number): void {
  const wanted_bytes = head_bytes + (pages + spare_pages) * page_bytes;
  if (!existsSync(path)) return;
  try {
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      if (size >= wanted_bytes) return;
      // A last page that was cut off is none: together with zeros it would look like one.
      const end = size < head_bytes ? 0 : size - ((size - head_bytes) % page_bytes);
      writeSync(file, Buffer.alloc(wanted_bytes - end), 0, wanted_bytes - end, end);
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // Commits take longer then, and say by themselves what is wrong with the disk.
  }
}
