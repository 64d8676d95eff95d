import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../database/open.ts";
import { createProjections } from "./apply.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "restore-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("tables that could not be replaced by a copy take nothing in that comes after it", () => {
  const { database, client } = openDatabase(join(directory, "state.db"));
  const projections = createProjections(database, client);
  projections.apply([], 3);
  const copy = join(directory, "copy.db");
  writeFileSync(copy, "no database");
  expect(() => projections.restore(copy)).toThrow("not a database");
  const body = { type: "TokenRevoked", token: "t-0000000000000001" } as const;
  expect(() => projections.apply([{ fact: { position: 9, at_ms: 1, body }, text: JSON.stringify(body), entry: 20 }], 20)).toThrow(
    "not a database",
  );
  projections.close();
  expect(client.prepare("SELECT position, applied FROM progress").get()).toEqual({ position: 0, applied: 3 });
  client.close();
});
