import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Sessions } from "../src/session.mjs";

test("a session that nobody visits ends", async () => {
  const sessions = new Sessions(250);
  const id = sessions.start({ customer: 7 });
  assert.deepEqual(sessions.visit(id), { customer: 7 });
  while (sessions.count > 0) await sleep(20);
  assert.equal(sessions.visit(id), undefined);
});

test("visits keep a session alive; the silent ones end before it", async () => {
  const ended = [];
  const sessions = new Sessions(800, (id) => ended.push(id));
  const visited = sessions.start("visited");
  const silent = Array.from({ length: 20 }, () => sessions.start("silent"));
  while (ended.length < silent.length) {
    sessions.visit(visited);
    await sleep(30);
  }
  assert.deepEqual(ended.toSorted(), silent.toSorted());
  assert.equal(sessions.visit(visited), "visited");
  sessions.end(visited);
  assert.equal(sessions.count, 0);
});

test("ending twice tells once", () => {
  let told = 0;
  const sessions = new Sessions(60_000, () => (told += 1));
  const id = sessions.start("x");
  sessions.end(id);
  sessions.end(id);
  assert.equal(told, 1);
});
