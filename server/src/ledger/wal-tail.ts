import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

// This file runs in a thread of its own as well: it imports nothing but Node.

/** What a write-ahead log holds beyond what SQLite takes from it. */
export interface WalTail {
  /** Frames after the last commit that is whole. */
  readonly frames: number;
  /** Commits that are among them, and are not taken. */
  readonly commits: number;
}

const headerLength = 32;
const frameHeaderLength = 24;
const magic = 0x377f0682;

/**
 * Looks at a write-ahead log before SQLite opens it, which cuts silently what does not match its checksums, and all that comes after. Where
 * each commit is synced before the next one begins, a crash can spoil the last one alone.
 * @see https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 * @returns undefined where nothing is cut
 */
export function readWalTail(path: string): WalTail | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    return readTail(file);
  } finally {
    closeSync(file);
  }
}

type Sums = readonly [first: number, second: number];

function readTail(file: number): WalTail | undefined {
  const header = Buffer.alloc(headerLength);
  if (readSync(file, header, 0, headerLength, 0) < headerLength) return undefined;
  // The last bit says in which order the bytes of a number are added up.
  const isBigEndian = header.readUInt32BE(0) === magic + 1;
  if (!isBigEndian && header.readUInt32BE(0) !== magic) return undefined;
  let sums = added([0, 0], header.subarray(0, 24), isBigEndian);
  if (!areAt(sums, header, 24)) return undefined;
  const salts = header.subarray(16, 24);
  const frameLength = frameHeaderLength + header.readUInt32BE(8);
  const frame = Buffer.alloc(frameLength);
  const count = Math.floor((fstatSync(file).size - headerLength) / frameLength);
  let isWhole = true;
  let tail = { frames: 0, commits: 0 };
  for (let at = 0; at < count; at += 1) {
    if (readSync(file, frame, 0, frameLength, headerLength + at * frameLength) < frameLength) break;
    // Left from before the log began anew, or spoiled.
    if (!frame.subarray(8, 16).equals(salts)) {
      isWhole = false;
      continue;
    }
    if (isWhole) {
      sums = added(added(sums, frame.subarray(0, 8), isBigEndian), frame.subarray(frameHeaderLength), isBigEndian);
      isWhole = areAt(sums, frame, 16);
    }
    const isCommit = frame.readUInt32BE(4) !== 0;
    if (isWhole && isCommit) tail = { frames: 0, commits: 0 };
    else tail = { frames: tail.frames + 1, commits: tail.commits + Number(isCommit) };
  }
  return tail.frames === 0 ? undefined : tail;
}

function added([first, second]: Sums, bytes: Buffer, isBigEndian: boolean): Sums {
  let [one, other] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + other) >>> 0;
    other = (other + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, other];
}

function areAt([first, second]: Sums, bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}
