import { createClient } from "@shardwright/client";
import { caseResultSchema, ShardwrightError } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Link } from "../connection/link.ts";
import { FakeCoordinator } from "../testing/fake-coordinator.ts";
import { identityOf, Outbox } from "./outbox.ts";
import { sendResults } from "./sender.ts";

let coordinator: FakeCoordinator;
let client: ReturnType<typeof createClient>;
const life = new AbortController();

beforeEach(async () => {
  coordinator = await FakeCoordinator.start();
  client = createClient({ addresses: [coordinator.address], apiKey: coordinator.apiKey });
});

afterEach(async () => {
  await client.close();
  await coordinator.close();
});

const run = "r-0123456789abcdef";
const caseOf = (name: string) => caseResultSchema.parse({ path: [name], status: "passed", duration_ms: 1 });

async function send(outbox: Outbox): Promise<number[]> {
  const link = await Link.open({
    client,
    registration: {
      name: "sender",
      instance: "12345678",
      slots: 1,
      capabilities: { os: "linux", arch: "x64", cpu: 1, memory_mib: 1, tags: [], details: {} },
      version: "0",
    },
    autoReconnect: true,
    reconnect_ms: 20,
    notify: () => {},
    signal: life.signal,
  });
  const stale: number[] = [];
  outbox.close();
  await sendResults({ client, link, outbox, notify: () => {}, signal: life.signal, onStale: (fence) => stale.push(fence) });
  return stale;
}

test("of a batch that is refused, only the event at fault is lost, and its attempt says so", async () => {
  const outbox = new Outbox();
  const leases = [0, 1, 2].map(() => coordinator.deal({ tasks: [{}] }));
  const attempts = leases.map(({ fence, tasks: [task = 0] }) => identityOf(run, fence, { task, attempt: 1 }));
  for (const [index, attempt] of attempts.entries()) {
    void outbox.addCase(attempt, 0, caseOf(index === 1 ? "poison" : "fine"));
    outbox.finished(attempt, 1, { outcome: "passed", duration_ms: 1 });
  }
  coordinator.refusal = (event) => {
    const cases = event.type === "cases" ? event.cases : event.type === "finished" ? event.last : undefined;
    return cases?.[0]?.path[0] === "poison" ? new ShardwrightError("body-too-large", { limit_bytes: 1 }) : undefined;
  };
  expect(await send(outbox)).toContain(leases[1]?.fence);
  const outcomes = leases.map(({ tasks: [task = 0] }) => coordinator.attempt(task).ends[0]);
  expect(outcomes).toMatchObject([
    { outcome: "passed" },
    { outcome: "errored", failure: { kind: "infrastructure" } },
    { outcome: "passed" },
  ]);
});

test("a coordinator that takes no cases with an end gets them before it", async () => {
  const outbox = new Outbox();
  const { fence, tasks } = coordinator.deal({ tasks: [{}] });
  const attempt = identityOf(run, fence, { task: tasks[0] ?? 0, attempt: 1 });
  void outbox.addCase(attempt, 0, caseOf("one"));
  outbox.finished(attempt, 1, { outcome: "passed", duration_ms: 1 });
  coordinator.refusal = (event) =>
    event.type === "finished" && event.last !== undefined
      ? new ShardwrightError("bad-request", { problems: "body.events.0: Unrecognized key" })
      : undefined;
  expect(await send(outbox)).toEqual([]);
  expect(coordinator.attempt(tasks[0] ?? 0)).toMatchObject({ cases: [{ path: ["one"] }], ends: [{ outcome: "passed" }] });
});

test("a full outbox makes tests wait until the coordinator has what it holds", async () => {
  const outbox = new Outbox({ limit: 3, linger_ms: 1e6 });
  const { fence, tasks } = coordinator.deal({ tasks: [{}] });
  const attempt = identityOf(run, fence, { task: tasks[0] ?? 0, attempt: 1 });
  expect(outbox.addCase(attempt, 0, caseOf("one"))).toBeUndefined();
  expect(outbox.addCase(attempt, 1, caseOf("two"))).toBeUndefined();
  const wait = outbox.addCase(attempt, 2, caseOf("three"));
  expect(wait).toBeInstanceOf(Promise);
  await Promise.all([wait, send(outbox)]);
  expect(coordinator.attempt(tasks[0] ?? 0).cases).toHaveLength(3);
});

test("a coordinator whose blob store is full gets the result without its log", async () => {
  const outbox = new Outbox();
  const { fence, tasks } = coordinator.deal({ tasks: [{}] });
  const attempt = identityOf(run, fence, { task: tasks[0] ?? 0, attempt: 1 });
  outbox.finished(attempt, 0, { outcome: "passed", duration_ms: 1, log: Buffer.from("what it printed") });
  coordinator.blobRefusal = new ShardwrightError("blob-quota", { used_bytes: 9, limit_bytes: 10 });
  await send(outbox);
  expect(coordinator.attempt(tasks[0] ?? 0).ends).toMatchObject([{ outcome: "passed" }]);
});

test("whoever is told late is told how late, by one clock, each time that it is tried", async () => {
  const began_ms = Date.now();
  const outbox = new Outbox({ now_ms: () => began_ms - 5000 });
  const { fence, tasks } = coordinator.deal({ tasks: [{}] });
  outbox.finished(identityOf(run, fence, { task: tasks[0] ?? 0, attempt: 1 }), 0, { outcome: "passed", duration_ms: 1 });
  await send(outbox);
  const [request] = coordinator.results;
  expect(request?.events[0]).toMatchObject({ type: "finished", ended_at_ms: began_ms - 5000 });
  expect(request?.sent_at_ms).toBeGreaterThanOrEqual(began_ms);
});
