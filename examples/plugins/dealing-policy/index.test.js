import assert from "node:assert/strict";
import { test } from "node:test";
import { urgentFirst } from "./index.js";

const files = ["long.js", "payments.js", "short.js"];
const durations_ms = [300, 100, 50];
/** Waits as the coordinator's queues do: longest first. */
const waiting = (tasks) => ({
  first: () => tasks[0],
  after: (task) => tasks[tasks.indexOf(task) + 1],
  duration_ms: (task) => durations_ms[task],
});
const request = (tasks) => ({ queues: [{ pending: waiting(tasks) }], task: (index) => ({ file: files[index] }) });

test("what is urgent goes first, then the longest, until nothing waits", () => {
  const policy = urgentFirst(["payments"]);
  assert.deepEqual(policy.choose(request([0, 1, 2])).tasks, [1]);
  assert.deepEqual(policy.choose(request([0, 2])).tasks, [0]);
  assert.equal(policy.choose(request([])), undefined);
});
