import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { founded } from "@shardwright/raft";
import { expect, onTestFinished, test } from "vitest";
import type { Durability } from "./log-error.ts";
import { LogFile } from "./log-file.ts";
import { readWalTail } from "./wal-tail.ts";

const frameLength = 4096 + 24;

/** Where what was written ends: behind it lies the room that is kept for what comes. */
function endOf(wal: string): number {
  const bytes = readFileSync(wal);
  let at = 32;
  while (at < bytes.length && bytes.readUInt32BE(at) !== 0) at += frameLength;
  return at;
}

/** A log with some writes, as the disk has it when its process dies: one entry in each write, and where the write-ahead log ended after each. */
function crashed(writes: number) {
  const folder = mkdtempSync(join(tmpdir(), "wal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "ledger.db");
  const log = new LogFile(path, "full");
  onTestFinished(() => log.close());
  log.read();
  const id = "a.00000001";
  const { hard, base, entries } = founded({ members: [{ id, votes: true, address: "" }] });
  log.begin({ identity: { cluster: "c.00000000", node: id }, hard, base }, entries);
  const lengths: number[] = [];
  for (let number = 1; number <= writes; number += 1) {
    log.write([{ token: number, entries: [{ index: 1 + number, term: 1, kind: "data", data: Buffer.alloc(3000, number) }] }]);
    lengths.push(endOf(`${path}-wal`));
  }
  let copies = 0;
  /** Opens what is left after something was done to the write-ahead log. */
  const open = (harm: (wal: string) => void, durability: Durability = "full") => {
    const copy = join(folder, `copy-${(copies += 1)}`);
    mkdirSync(copy);
    const file = join(copy, "ledger.db");
    copyFileSync(path, file);
    copyFileSync(`${path}-wal`, `${file}-wal`);
    harm(`${file}-wal`);
    const opened = new LogFile(file, durability);
    try {
      return { ...opened.read(), tailThen: readWalTail(`${file}-wal`) };
    } finally {
      opened.close();
    }
  };
  return { lengths, open };
}

function flip(wal: string, at: number): void {
  const bytes = readFileSync(wal);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(wal, bytes);
}

test("a last write that is cut off anywhere is left out and told, and one that is whole is not", () => {
  const { lengths, open } = crashed(4);
  const [before = 0, whole = 0] = lengths.slice(-2);
  expect(open(() => {})).toMatchObject({ cut: undefined, entries: { length: 5 } });
  for (let length = before; length < whole; length += 997) {
    const { entries, cut, tailThen } = open((wal) => truncateSync(wal, length));
    expect(entries).toHaveLength(4);
    // Less than a page of it is nothing that could be told.
    expect(cut?.frames ?? 0).toBe(Math.floor((length - before) / frameLength));
    expect(tailThen).toBeUndefined();
  }
});

test("a last write of which a part did not reach the disk is left out and told", () => {
  const { lengths, open } = crashed(4);
  const [before = 0] = lengths.slice(-2);
  for (let at = before; at < (lengths.at(-1) ?? 0); at += 611) {
    // The salts: what looks as if it were of before the log began anew is not told.
    const isSalt = (at - before) % frameLength >= 8 && (at - before) % frameLength < 16;
    const { entries, cut } = open((wal) => flip(wal, at));
    expect(entries).toHaveLength(4);
    if (!isSalt) expect(cut?.frames, `byte ${at - before}`).toBeGreaterThan(0);
  }
});

test("bits that rot among earlier writes are no crash: the log is refused rather than begin before what it had promised", () => {
  const { lengths, open } = crashed(6);
  const rotAt = (offset: number) => (wal: string) => flip(wal, (lengths[1] ?? 0) + offset);
  const rot = rotAt(100);
  const refusal = expect.objectContaining({ fault: expect.objectContaining({ code: "database-damaged" }) as unknown }) as unknown;
  // In a page, and in what says to which log it belongs.
  for (const harm of [rot, rotAt(9)]) expect(() => open(harm)).toThrow(refusal);
  // Where commits are not synced, a machine that loses power may lose many.
  expect(open(rot, "relaxed")).toMatchObject({ cut: { commits: 4 }, entries: { length: 3 } });
});

test("the room of the write-ahead log is there before it is needed, and is kept when the log begins anew", () => {
  const folder = mkdtempSync(join(tmpdir(), "wal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const sizes = (durability: Durability) => {
    const path = join(folder, `${durability}.db`);
    const log = new LogFile(path, durability);
    onTestFinished(() => log.close());
    log.read();
    const id = "a.00000001";
    const { hard, base, entries } = founded({ members: [{ id, votes: true, address: "" }] });
    log.begin({ identity: { cluster: "c.00000000", node: id }, hard, base }, entries);
    const size = () => statSync(`${path}-wal`).size;
    const before = size();
    for (let index = 2; index < 500; index += 1)
      log.write([{ token: index, entries: [{ index, term: 1, kind: "data", data: Buffer.alloc(9000, 1) }] }]);
    return { before, after: size() };
  };
  const { before, after } = sizes("full");
  expect(before).toBeGreaterThan(1000 * frameLength);
  // Some 1,500 pages went through it.
  expect(after).toBe(before);
  // Nobody waits for a disk there.
  expect(sizes("relaxed").before).toBeLessThan(100 * frameLength);
});
