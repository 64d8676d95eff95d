import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readSync, statfsSync, writeSync } from "node:fs";

// This file runs in a thread of its own as well: it imports nothing but Node.

/** SQLite's pages as it makes them, each with a header of its own in the log, behind one for all that says how large they are. */
const content_bytes = 4096;
const page_bytes = content_bytes + 24;
const head_bytes = 32;
const sizeAt = 8;
/** On a disk with less than this nothing is taken beforehand. */
const plenty_bytes = 256 * 1024 * 1024;
/** What the last commits before it is folded bring beyond that. */
const spare_pages = 64;

/**
 * Gives a write-ahead log its room on the disk before it is needed: to sync what is written over takes half the time of what makes a file
 * longer, for the file's length need not be synced with it. Zeros are no frames: SQLite reads to the last one that matches its checksum.
 * On a disk that is nearly full it stays as it is.
 * @param pages that it holds before it begins anew
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
export function reserveWal(path: string, pages: number): void {
  const wanted_bytes = head_bytes + (pages + spare_pages) * page_bytes;
  if (!existsSync(path)) return;
  try {
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < plenty_bytes) return;
    const file = openSync(path, "r+");
    try {
      const { size } = fstatSync(file);
      if (size >= wanted_bytes) return;
      if (size >= head_bytes && pageSizeIn(file) !== content_bytes) return;
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

function pageSizeIn(file: number): number {
  const head = Buffer.alloc(head_bytes);
  readSync(file, head, 0, head_bytes, 0);
  return head.readUInt32BE(sizeAt);
}
