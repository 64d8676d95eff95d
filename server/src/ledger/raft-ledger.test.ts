import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { type FactBody, type FactVersions, factVersions, failoverProfiles, knownFacts } from "@shardwright/core";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../database/open.ts";
import { createProjections } from "../projections/apply.ts";
import { newerFacts, olderFacts } from "../testing/fact-versions.ts";
import type { Durability } from "./log-error.ts";
import { openLogWriter } from "./log-writer.ts";
import { openRaftLedger } from "./open-raft-ledger.ts";
import type { RaftLedger } from "./raft-ledger.ts";
import { openSnapshotFiles } from "./snapshot-files.ts";
import { settingsOf } from "./timings.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ledger-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Opened {
  readonly durability?: Durability;
  readonly logLimit_entries?: number;
  readonly uncommittedLimit_bytes?: number;
  readonly facts?: FactVersions;
  readonly clock?: typeof systemClock;
  readonly tablesClock?: typeof systemClock;
}

async function open({
  durability = "full",
  logLimit_entries = 20,
  uncommittedLimit_bytes = 1_000_000,
  facts = factVersions,
  clock = systemClock,
  tablesClock = systemClock,
}: Opened = {}) {
  const path = join(directory, "ledger.db");
  const writer = await openLogWriter(path, durability);
  const { database, client } = openDatabase(join(directory, "state.db"));
  const projections = createProjections(database, client, tablesClock, facts);
  const ledger = await openRaftLedger({
    writer,
    path,
    durability,
    clock,
    projections,
    snapshots: await openSnapshotFiles({
      directory: join(directory, "snapshots"),
      tables: join(directory, "state.db"),
      settle: () => projections.settle(),
    }),
    settings: { ...settingsOf(failoverProfiles.default), uncommittedLimit_bytes },
    logLimit_entries,
    facts,
  });
  return {
    ledger,
    projections,
    names: () => {
      projections.settle();
      const rows = client.prepare("SELECT name FROM tokens ORDER BY name").all();
      return rows.map(({ name }) => String(name));
    },
    close: async () => {
      await ledger.close();
      client.close();
    },
  };
}

const created = (number: number): FactBody => ({
  type: "TokenCreated",
  token: `t-${String(number).padStart(16, "0")}`,
  name: `token ${String(number).padStart(3, "0")}`,
  scope: "read",
  hash: `hash of ${number}`,
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const nameOf = (number: number): string => `token ${String(number).padStart(3, "0")}`;

function loseTables(): void {
  for (const end of ["", "-wal", "-shm"]) rmSync(join(directory, `state.db${end}`), { force: true });
}

/** Appends sixty facts, and waits until the log begins after a copy. */
async function grow(ledger: RaftLedger, from: number): Promise<void> {
  const before = ledger.consensus.log.base.index;
  for (const number of numbers(60)) await ledger.append([created(from + number)]);
  await expect.poll(() => ledger.consensus.log.base.index).toBeGreaterThan(before + 20);
  await expect.poll(() => ledger.isCompacting).toBe(false);
  expect(readdirSync(join(directory, "snapshots")).length).toBeLessThanOrEqual(2);
}

test("what many callers append in one turn keeps its order, each fact at a position of its own", async () => {
  const { ledger, names, close } = await open();
  const positions = await Promise.all(numbers(10).map((number) => ledger.append([created(2 * number), created(2 * number + 1)])));
  expect(positions).toEqual(numbers(10).map((number) => 2 * number + 2));
  expect(names()).toEqual(numbers(20).map(nameOf));
  await close();
});

test("what is appended in one millisecond of a turn shares an entry of the log, and what is appended later does not", async () => {
  let at_ms = 1000;
  const { ledger, close } = await open({ clock: { ...systemClock, now_ms: () => at_ms } });
  const before = ledger.consensus.log.last;
  const appended = [1, 2, 3].map((number) => ledger.append([created(number)]));
  at_ms += 1;
  appended.push(ledger.append([created(4)]));
  expect(await Promise.all(appended)).toEqual([1, 2, 3, 4]);
  expect(ledger.consensus.log.last - before).toBe(2);
  await ledger.append([created(5)]);
  expect(ledger.consensus.log.last - before).toBe(3);
  await close();
});

test.each(["full", "relaxed"] as const)(
  "a log (%s) that has grown long begins after a copy of the tables, from which lost ones are made again",
  async (durability) => {
    const first = await open({ durability });
    await grow(first.ledger, 0);
    const { position } = first.ledger;
    await first.close();
    loseTables();
    const second = await open({ durability });
    expect(second.ledger.repairs.map(({ kind }) => kind)).toEqual(["tables-restored"]);
    expect(second.ledger.position).toBe(position);
    expect(second.names()).toEqual(numbers(60).map(nameOf));
    await second.ledger.append([created(60)]);
    expect(second.ledger.position).toBe(position + 1);
    await second.close();
  },
);

test("a copy has what was applied before it and waited to be written", async () => {
  const tablesClock = { ...systemClock, after: () => ({ cancel: () => {} }) };
  const { ledger, close } = await open({ tablesClock });
  await grow(ledger, 0);
  await close();
});

test("when it is closed nothing more becomes of a copy that was under way", async () => {
  const { ledger, close } = await open();
  for (const number of numbers(21)) await ledger.append([created(number)]);
  expect(ledger.isCompacting).toBe(true);
  await close();
  const left = readdirSync(join(directory, "snapshots"));
  expect(left).not.toContain("making.db");
  expect(left).toHaveLength(1);
});

test("copies that earlier processes made are removed as well", async () => {
  for (const part of numbers(3)) {
    const opened = await open({ logLimit_entries: 50 });
    await grow(opened.ledger, 60 * part);
    await opened.close();
  }
});

test("tables that know more than a shortened log kept through a loss of power are made again from the copy and what is left", async () => {
  const first = await open({ durability: "relaxed" });
  await grow(first.ledger, 0);
  for (const number of numbers(5)) await first.ledger.append([created(60 + number)]);
  await first.close();
  const log = new DatabaseSync(join(directory, "ledger.db"));
  log.exec("DELETE FROM entries WHERE idx > (SELECT max(idx) - 2 FROM entries)");
  log.close();
  const second = await open({ durability: "relaxed" });
  expect(second.ledger.repairs.map(({ kind }) => kind)).toEqual(["tables-rebuilt"]);
  expect(second.names()).toEqual(numbers(63).map(nameOf));
  await second.close();
});

test("without a copy a log that begins later is refused, and says why", async () => {
  const first = await open();
  await grow(first.ledger, 0);
  await first.close();
  loseTables();
  rmSync(join(directory, "snapshots"), { recursive: true });
  await expect(open()).rejects.toMatchObject({ code: "database-damaged" });
});

test("a ledger of the first version goes on as a log, its facts where they were", async () => {
  const old = new DatabaseSync(join(directory, "ledger.db"));
  old.exec(
    `CREATE TABLE facts (position INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, run TEXT, checksum INTEGER NOT NULL, body TEXT NOT NULL);
    PRAGMA user_version = 1`,
  );
  const insert = old.prepare("INSERT INTO facts (position, at_ms, run, checksum, body) VALUES (?, ?, NULL, ?, ?)");
  for (const number of numbers(5)) {
    const body = JSON.stringify(created(number));
    insert.run(number + 1, 1000 + number, crc32(`${number + 1}\n${1000 + number}\n\n${body}`), body);
  }
  old.close();
  const { ledger, names, close } = await open();
  expect(ledger.repairs.map(({ kind }) => kind)).toEqual(["upgraded"]);
  expect(ledger.position).toBe(5);
  expect(names()).toEqual(numbers(5).map(nameOf));
  expect(await ledger.append([created(5)])).toBe(6);
  await close();
});

test("a damaged entry of a node that is alone is refused: nobody has it but this disk", async () => {
  const first = await open();
  for (const number of numbers(5)) await first.ledger.append([created(number)]);
  await first.close();
  const log = new DatabaseSync(join(directory, "ledger.db"));
  log.exec("UPDATE entries SET data = zeroblob(length(data)) WHERE idx = 4");
  log.close();
  await expect(open()).rejects.toMatchObject({ code: "database-damaged", message: expect.stringContaining("entry 4") as string });
});

test("a fact of a later version stops the node: to skip it would make its tables unlike the others' for ever", async () => {
  const later = knownFacts({ ...factVersions.kinds, ...({ TokenPolished: 1 } as FactVersions["kinds"]) });
  const { ledger, projections, close } = await open({ facts: later });
  const failed = new Promise<Error>((resolve) => ledger.onFailure(resolve));
  void ledger.append([{ ...created(1), type: "TokenPolished" } as unknown as FactBody]).catch(() => {});
  expect((await failed).message).toContain("TokenPolished");
  expect(() => projections.settle()).toThrow("TokenPolished");
  // Whoever asks only now must not wait for ever.
  expect((await new Promise<Error>((resolve) => ledger.onFailure(resolve))).message).toContain("TokenPolished");
  await close();
});

test("what is decided while too much waits for the disk is never refused: it waits, and keeps its order", async () => {
  const { ledger, names, close } = await open({ uncommittedLimit_bytes: 500 });
  const appended: Promise<number>[] = [];
  for (const number of numbers(40)) {
    appended.push(ledger.append([created(number)]));
    await nextTurn();
  }
  expect(await Promise.all(appended)).toEqual(numbers(40).map((number) => number + 1));
  expect(names()).toEqual(numbers(40).map(nameOf));
  await close();
});

const revoked: FactBody = { type: "TokenRevoked", token: "t-0000000000000001" };

test("a fact of a later version is refused until the cluster has agreed on it, which is kept, and nothing else has to wait", async () => {
  const first = await open({ facts: newerFacts });
  expect(first.ledger.factVersion).toBe(1);
  await expect(first.ledger.append([created(1), revoked])).rejects.toMatchObject({
    code: "update-incomplete",
    details: { what: "TokenRevoked", needed: newerFacts.version, agreed: 1 },
  });
  expect(first.ledger.position).toBe(0);
  await first.ledger.append([created(1)]);
  await first.ledger.raiseFactVersion(olderFacts.version);
  await expect(first.ledger.append([revoked])).rejects.toMatchObject({ code: "update-incomplete" });
  await first.ledger.raiseFactVersion(newerFacts.version);
  await first.ledger.append([revoked]);
  await first.close();

  const second = await open({ facts: newerFacts });
  expect(second.ledger.factVersion).toBe(newerFacts.version);
  await second.ledger.append([revoked]);
  await second.close();
  await expect(open({ facts: olderFacts })).rejects.toMatchObject({ code: "version-too-old" });
});

test("a node stops by name at the entry from which on it could not follow, and has what was before it", async () => {
  const { ledger, names, close } = await open({ facts: olderFacts });
  const failed = new Promise<Error>((resolve) => ledger.onFailure(resolve));
  await ledger.append([created(1)]);
  void ledger.raiseFactVersion(newerFacts.version).catch(() => {});
  expect(await failed).toMatchObject({
    code: "version-too-old",
    details: { known: olderFacts.version, agreed: newerFacts.version },
  });
  expect(names()).toEqual([nameOf(1)]);
  await close();
});

test("tables that are made again from a copy know what the cluster agreed on", async () => {
  const first = await open();
  await first.ledger.raiseFactVersion(factVersions.version);
  for (const number of numbers(60)) await first.ledger.append([created(number)]);
  await expect.poll(() => first.ledger.consensus.log.base.index).toBeGreaterThan(20);
  await expect.poll(() => first.ledger.isCompacting).toBe(false);
  await first.close();
  loseTables();
  const second = await open();
  expect(second.ledger.factVersion).toBe(factVersions.version);
  await second.close();
});
