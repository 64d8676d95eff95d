import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Comparison } from "@shardwright/core";
import { expect, test } from "vitest";
import type { Coordinator } from "../coordinator.ts";
import { Coordinators, call, newWorker, playRun, status } from "../testing/coordinators.ts";

async function compare(coordinator: Coordinator): Promise<Comparison> {
  const answer = await call(coordinator, "POST", "/api/v1/cluster/compare");
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Comparison;
}

test("the tables of three are the same after one entry, whoever is asked, while runs are written and when nothing happens", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const [first] = all;
  const worker = await newWorker(first);
  const over = new AbortController();
  const writing = (async () => {
    for (let number = 0; !over.signal.aborted; number += 1)
      await playRun(first, worker, `run-${number}`, ["a.test.js", "b.test.js"]);
  })();
  const entries: number[] = [];
  for (const each of [...all, ...all]) {
    const { members } = await compare(each);
    expect(members.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
    const [one, ...others] = members.map(({ digest }) => digest);
    for (const other of others) expect(other).toEqual(one);
    entries.push(one?.entry ?? 0);
  }
  over.abort();
  await writing;
  const { members } = await compare(first);
  const rows = members[0]?.digest?.tables.find(({ name }) => name === "cases")?.rows;
  expect(rows).toBeGreaterThan(0);
  expect(entries).toEqual(entries.toSorted((before, after) => before - after));
  expect(new Set(entries).size).toBe(entries.length);
});

test("a row that is another one in one member's tables is found there, and a member that is gone is said to be so", async () => {
  await using coordinators = new Coordinators();
  const all = await coordinators.three();
  const leader = await coordinators.leader(all);
  const [bad, gone] = all.filter((each) => each !== leader);
  if (bad === undefined || gone === undefined) throw new Error("no followers");
  await playRun(leader, await newWorker(leader), "first");
  await compare(leader);
  const { id } = await status(bad);
  const tables = new DatabaseSync(join(coordinators.stateDir(id.slice(0, id.indexOf("."))), "state.db"), { timeout: 10_000 });
  tables.exec("UPDATE cases SET duration_ms = duration_ms + 1");
  tables.close();
  const goneId = (await status(gone)).id;
  await coordinators.stop(gone);
  const { members } = await compare(leader);
  const digestOf = (of: string) => members.find((member) => member.id === of)?.digest;
  const shaOf = (of: string, table: string) => digestOf(of)?.tables.find(({ name }) => name === table)?.sha256;
  const leaderId = (await status(leader)).id;
  expect(digestOf(id)?.entry).toBe(digestOf(leaderId)?.entry);
  expect(digestOf(id)?.sha256).not.toBe(digestOf(leaderId)?.sha256);
  expect(shaOf(id, "cases")).not.toBe(shaOf(leaderId, "cases"));
  expect(shaOf(id, "tasks")).toBe(shaOf(leaderId, "tasks"));
  expect(members.find((member) => member.id === goneId)).toMatchObject({ problem: expect.stringContaining("ECONNREFUSED") });
});

test("only an administrator has tables compared, and a digest that was not prepared is not waited for", async () => {
  await using coordinators = new Coordinators();
  const coordinator = await coordinators.start("a");
  const { body } = await call(coordinator, "POST", "/api/v1/tokens", { name: "reader", scope: "read" });
  expect((await call(coordinator, "POST", "/api/v1/cluster/compare", undefined, body.secret as string)).status).toBe(403);
  expect((await call(coordinator, "GET", "/api/v1/cluster/digests/0123456789abcdef")).status).toBe(404);
  expect((await compare(coordinator)).members).toMatchObject([{ digest: { tables: expect.anything() } }]);
});
