import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { systemClock } from "../clock.ts";
import { Checkpoints } from "./checkpoints.ts";

const patience = { timeout: 20_000, interval: 20 };
const limits = { enough: 50, most: 400 };

/** A database file, and how many pages its log has, of which so many are in the file already. */
function opened({ isMissed = false } = {}) {
  const directory = mkdtempSync(join(tmpdir(), "checkpoints-"));
  const path = join(directory, "state.db");
  const client = new DatabaseSync(path);
  client.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)");
  const warnings: string[] = [];
  const checkpoints = new Checkpoints({
    client,
    tables: isMissed ? join(directory, "nowhere", "state.db") : path,
    clock: systemClock,
    log: { warn: (_: unknown, text?: string) => void warnings.push(text ?? "") },
    limits,
  });
  const count = client.prepare("PRAGMA wal_checkpoint(NOOP)");
  return {
    client,
    path,
    warnings,
    checkpoints,
    write(pages: number): void {
      client.exec("BEGIN");
      for (let page = 0; page < pages; page += 1) client.exec("INSERT INTO rows (body) VALUES (randomblob(4000))");
      client.exec("COMMIT");
      checkpoints.written();
    },
    pages: () => {
      const { log, checkpointed } = count.get() ?? {};
      return { log: Number(log), folded: Number(checkpointed) };
    },
    async [Symbol.asyncDispose]() {
      await checkpoints.close();
      client.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

test("a thread folds the log into the file, and the log begins anew", async () => {
  await using tables = opened();
  tables.write(10);
  expect(tables.pages().folded).toBe(0);
  expect(tables.checkpoints.isAwake).toBe(false);
  await vi.waitFor(() => {
    tables.write(100);
    expect(tables.checkpoints.isAwake).toBe(true);
  }, patience);
  await vi.waitFor(() => {
    const { log, folded } = tables.pages();
    expect(folded).toBe(log);
  }, patience);
  tables.write(1);
  expect(tables.pages().log).toBeLessThan(10);
  expect(tables.warnings).toEqual([]);
});

test("whoever writes folds the log in where the thread does not, and one that fails is named", async () => {
  await using tables = opened({ isMissed: true });
  await vi.waitFor(() => {
    tables.write(limits.enough);
    expect(tables.checkpoints.isAwake).toBe(true);
  }, patience);
  await vi.waitFor(() => expect(tables.warnings).toHaveLength(1), patience);
  expect(tables.checkpoints.isAwake).toBe(false);
  for (let written = 0; written < 2 * limits.most; written += 20) {
    tables.write(20);
    expect(tables.pages().log).toBeLessThan(limits.most + 100);
  }
  expect(tables.checkpoints.isAwake).toBe(false);
});

test("what its thread has open is closed before the tables are", async () => {
  const tables = opened();
  await vi.waitFor(() => {
    tables.write(100);
    expect(tables.checkpoints.isAwake).toBe(true);
  }, patience);
  await tables.checkpoints.close();
  tables.client.close();
  // The last one to close a database removes its log.
  expect(existsSync(`${tables.path}-wal`)).toBe(false);
});
