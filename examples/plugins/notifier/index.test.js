import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import plugin, { ntfyNotifier } from "./index.js";

test("a run that is not green is told, and a refusal is no success", async () => {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.title);
    response.writeHead(seen.length === 1 ? 200 : 500).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const notifier = ntfyNotifier(`http://127.0.0.1:${server.address().port}/ours`);
  const signal = AbortSignal.timeout(10_000);
  await notifier.send({ title: "shop: passed", text: "", report: { verdict: "passed" } }, signal);
  assert.deepEqual(seen, []);
  const failed = { title: "shop: failed", text: "1 of 3", report: { verdict: "failed" } };
  await notifier.send(failed, signal);
  assert.deepEqual(seen, ["shop%3A failed"]);
  await assert.rejects(notifier.send(failed, signal), /answered 500/);
  server.close();
});

test("without a topic it says what is missing", () => {
  assert.throws(() => plugin.setup({ options: {} }), /options\.topic/);
});
