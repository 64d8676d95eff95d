import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { createWebhook, sign } from "../src/webhook.mjs";

const secret = "shared with the bank";
const handled = [];
const server = createWebhook({ secret, handle: (message) => handled.push(message.id) });
let address;

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

const send = async (body, signature = sign(body, secret)) =>
  (await fetch(address, { method: "POST", body, headers: { "x-signature": signature } })).status;

test("a signed message is handled", async () => {
  assert.equal(await send('{"id":"first"}'), 204);
  assert.ok(handled.includes("first"));
});

test("a message with a wrong signature is not", async () => {
  assert.equal(await send('{"id":"forged"}', sign('{"id":"forged"}', "guessed")), 401);
  assert.equal(await send('{"id":"forged"}', ""), 401);
  assert.ok(!handled.includes("forged"));
});

test("a signed message that makes no sense is refused", async () => {
  for (const body of ["", "{", "[]", '{"id":7}', "null"]) assert.equal(await send(body), 400);
});

test("a message over the limit is refused", async () => {
  assert.equal(await send(JSON.stringify({ id: "x".repeat(20_000) })), 413);
});

test("600 messages, each delivered three times, are each handled once", async () => {
  for (let round = 0; round < 60; round += 1) {
    const bodies = Array.from({ length: 30 }, (_, index) => JSON.stringify({ id: `many-${round * 10 + (index % 10)}` }));
    const statuses = await Promise.all(bodies.map((body) => send(body)));
    assert.ok(statuses.every((status) => status === 204));
  }
  assert.equal(handled.filter((id) => id.startsWith("many-")).length, 600);
});
