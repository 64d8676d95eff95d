import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Comparison } from "@shardwright/core";
import { expect, test } from "vitest";
import { Coordinators, call, newWorker, playRun, status } from "../testing/coordinators.ts";
import { encodeFacts } from "../ledger/fact-entry.ts";
import { LogFile } from "../ledger/log-file.ts";
import { recoverState, surveyState } from "./recover.ts";

const change = (path: string, sql: string): void => {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
};

test("what its log has beyond what is known to be committed is kept, and told to be in doubt", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  await Promise.all(all.map((each) => coordinators.stop(each)));
  const stateDir = coordinators.stateDir("a");
  const before = surveyState(stateDir);
  // As a leader leaves it that died before it heard of a majority.
  const log = new LogFile(join(stateDir, "ledger.db"), "full");
  const { index, term } = before.last;
  log.read();
  const token = { type: "TokenCreated", token: "t-0000000000000001", name: "in doubt", scope: "read", hash: "a hash" };
  const data = encodeFacts({ at_ms: 1, texts: [JSON.stringify(token)] });
  log.write([{ token: 0, entries: [{ index: index + 1, term, kind: "data", data }] }]);
  log.close();

  const { last, applied, position } = surveyState(stateDir);
  expect([last.index, applied, position]).toEqual([index + 1, before.applied, before.position]);
  recoverState(stateDir);
  const survivor = await coordinators.start("a");
  expect((await call(survivor, "GET", "/api/v1/tokens")).body).toMatchObject({ tokens: [{ name: "in doubt" }] });
  expect(await status(survivor)).toMatchObject({ role: "leader", members: [{ role: "voter" }], first: index + 3 });
  await playRun(survivor, await newWorker(survivor), "after");
  await coordinators.stop(survivor);
  // Whoever holds a lease that only the others knew of is not taken for the one who got the next.
  const tables = new DatabaseSync(join(stateDir, "state.db"), { readOnly: true });
  expect(Number(tables.prepare("SELECT min(fence) AS fence FROM attempts").get()?.["fence"])).toBeGreaterThan(2 ** 32);
  tables.close();
});

test("what is damaged or newer is not recovered, and stays as it is; tables that are lost are made anew", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("whole");
  const run = await playRun(coordinator, await newWorker(coordinator), "first");
  const { cluster } = await status(coordinator);
  await coordinators.stop(coordinator);
  const copy = (name: string): string => {
    const stateDir = coordinators.stateDir(name);
    cpSync(coordinators.stateDir("whole"), stateDir, { recursive: true });
    return stateDir;
  };
  const cases: [string, string, string, string][] = [
    ["a rotten entry", "ledger.db", "UPDATE entries SET data = data || x'00' WHERE idx = 3", "database-damaged"],
    ["rotten promises", "ledger.db", "UPDATE node SET body = body || ' '", "database-damaged"],
    ["a cut log", "ledger.db", "DELETE FROM entries WHERE idx > 2", "database-damaged"],
    ["later tables", "state.db", "PRAGMA user_version = 999", "database-newer"],
    ["a later log", "ledger.db", "PRAGMA user_version = 999", "database-newer"],
  ];
  for (const [name, file, sql, code] of cases) {
    const stateDir = copy(name);
    change(join(stateDir, file), sql);
    expect(() => recoverState(stateDir)).toThrow(expect.objectContaining({ code }));
    change(join(stateDir, "ledger.db"), "PRAGMA user_version = 2");
    const database = new DatabaseSync(join(stateDir, "ledger.db"), { readOnly: true });
    expect(String(database.prepare("SELECT body FROM node").get()?.["body"])).toContain(cluster);
    database.close();
  }
  const later = copy("later facts");
  const log = new LogFile(join(later, "ledger.db"), "full");
  const { record, entries } = log.read();
  const place = { index: (record?.base.index ?? 0) + entries.length + 1, term: record?.hard.term ?? 0 };
  log.write([
    { token: 0, entries: [{ ...place, kind: "data", data: encodeFacts({ at_ms: 1, texts: ['{"type":"RunTeleported"}'] }) }] },
  ]);
  log.close();
  expect(() => recoverState(later)).toThrow(expect.objectContaining({ code: "usage" }));
  expect(surveyState(later)).toMatchObject({ cluster, last: place });

  const empty = coordinators.stateDir("empty");
  mkdirSync(empty);
  expect(() => recoverState(empty)).toThrow(expect.objectContaining({ code: "usage" }));

  const withoutTables = (name: string): string => {
    const stateDir = copy(name);
    for (const end of ["", "-wal", "-shm"]) rmSync(join(stateDir, `state.db${end}`), { force: true });
    return stateDir;
  };
  const rotten = withoutTables("rotten");
  change(join(rotten, "ledger.db"), "UPDATE entries SET term = term + 1 WHERE idx = 3");
  expect(() => recoverState(rotten)).toThrow(expect.objectContaining({ code: "database-damaged" }));
  const lost = withoutTables("lost");
  recoverState(lost);
  const again = await coordinators.start("lost");
  expect((await call(again, "GET", `/api/v1/runs/${run}`)).body).toMatchObject({ verdict: "passed" });
});

test("lost tables of a log that was shortened come from the copy of them, and without a whole one nothing is recovered", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("whole", { logLimit_entries: 20 });
  for (let number = 0; number < 50; number += 1)
    expect((await call(coordinator, "POST", "/api/v1/tokens", { name: `token ${number}`, scope: "read" })).status).toBe(201);
  await expect.poll(async () => (await status(coordinator)).first).toBeGreaterThan(20);
  await coordinators.stop(coordinator);
  const withoutTables = (name: string): string => {
    const stateDir = coordinators.stateDir(name);
    cpSync(coordinators.stateDir("whole"), stateDir, { recursive: true });
    for (const end of ["", "-wal", "-shm"]) rmSync(join(stateDir, `state.db${end}`), { force: true });
    return stateDir;
  };
  const nothing = withoutTables("nothing");
  rmSync(join(nothing, "snapshots"), { recursive: true });
  expect(() => recoverState(nothing)).toThrow(expect.objectContaining({ code: "database-damaged" }));

  recoverState(withoutTables("lost"));
  const again = await coordinators.start("lost");
  expect((await call(again, "GET", "/api/v1/tokens")).body.tokens).toHaveLength(50);
  const next = await coordinators.start("next", { addresses: [again.address] });
  await coordinators.add(next, again);
  expect((await call(next, "GET", "/api/v1/tokens")).body.tokens).toHaveLength(50);
  const { members } = (await call(again, "POST", "/api/v1/cluster/compare")).body as Comparison;
  expect(members[0]?.digest).toEqual(members[1]?.digest);
});
