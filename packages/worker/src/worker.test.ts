import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ShardwrightError } from "@shardwright/core";
import type { RunnerSession } from "@shardwright/runners";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import type { WorkerAccess, WorkerHandle, WorkerOptions } from "./options.ts";
import { FakeCoordinator } from "./testing/fake-coordinator.ts";
import { scriptRunner } from "./testing/script-runner.ts";
import { prepareWorker, startWorker } from "./worker.ts";

let coordinator: FakeCoordinator;
let workers: WorkerHandle[];
let root: string;

beforeEach(async () => {
  coordinator = await FakeCoordinator.start();
  workers = [];
  root = mkdtempSync(join(tmpdir(), "shardwright-worker-"));
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await coordinator.close();
  rmSync(root, { recursive: true });
  expect(coordinator.problems).toEqual([]);
});

async function start(options: Partial<WorkerOptions & WorkerAccess> = {}): Promise<WorkerHandle> {
  const worker = await startWorker({
    addresses: [coordinator.address],
    apiKey: coordinator.apiKey,
    name: "tester",
    slots: 1,
    runners: new Map([["script", scriptRunner]]),
    reconnect_ms: 50,
    ...options,
  });
  workers.push(worker);
  return worker;
}

async function logOf(task: number): Promise<string> {
  const end = await coordinator.end(task);
  const log = end.type === "finished" ? end.log : undefined;
  return log === undefined ? "" : (coordinator.blobs.get(log.sha256) as Buffer).toString("utf8");
}

test("runs a lease in one process and reports each case once, although answers get lost", async () => {
  coordinator.dropAnswers = 2;
  await start();
  const { tasks } = coordinator.deal({ tasks: [{ args: ["cases 450", "pid"] }, { args: ["pid", "fail because"] }] });
  const [first = 0, second = 0] = tasks;
  expect(await coordinator.end(second)).toMatchObject({ type: "finished", outcome: "failed", cases: 2 });
  expect(await coordinator.end(first)).toMatchObject({ type: "finished", outcome: "passed", cases: 451 });
  const names = coordinator.attempt(first).cases.map((result) => result.path.join(" "));
  expect(names.slice(0, 450)).toEqual(Array.from({ length: 450 }, (_, n) => `case ${n}`));
  expect(coordinator.attempt(second).cases[0]?.path).toEqual(coordinator.attempt(first).cases[450]?.path);
  expect(coordinator.dropAnswers).toBe(0);
});

test("keeps the process warm between leases of one suite, and gives tests an environment without the key", async () => {
  await start({ environment: { ...process.env, SHARDWRIGHT_API_KEY: "secret-of-the-worker", SEEN: "yes" }, firstSlot: 3 });
  const env = ["SHARDWRIGHT_API_KEY", "SEEN", "SHARDWRIGHT", "SHARDWRIGHT_RUN_ID", "SHARDWRIGHT_WORKER", "SHARDWRIGHT_SLOT"];
  const [first = 0] = coordinator.deal({ tasks: [{ args: ["pid", ...env.map((name) => `env ${name}`)] }] }).tasks;
  await coordinator.end(first);
  const [second = 0] = coordinator.deal({ tasks: [{ args: ["pid"] }] }).tasks;
  await coordinator.end(second);
  const [pid, ...values] = coordinator.attempt(first).cases.map((result) => result.path[1]);
  expect(coordinator.attempt(second).cases[0]?.path[1]).toBe(pid);
  expect(values).toEqual(["absent", "yes", "1", "r-0123456789abcdef", "tester", "3"]);
});

/** A worker of which a lease is expected before it knows its coordinator, and the sessions that it opens. */
async function prepare() {
  const opened: RunnerSession[] = [];
  const runner = {
    ...scriptRunner,
    opensEarly: true,
    open: async (context: Parameters<typeof scriptRunner.open>[0]) => {
      const session = await scriptRunner.open(context);
      opened.push(session);
      return session;
    },
  };
  const suite = (directory: string) => ({ name: "scripts", runner: "script", directory, options: {} });
  const prepared = await prepareWorker({
    name: "tester",
    slots: 2,
    runners: new Map([["script", runner]]),
    // The second slot's folder is not there.
    anticipate: {
      run: "r-0123456789abcdef",
      workspace: { kind: "dir", path: process.cwd() },
      suites: [suite("."), suite("no-such-folder")],
    },
  });
  await vi.waitFor(() => expect(opened).toHaveLength(1));
  return { prepared, opened };
}

test("sessions for work to come open before there is a coordinator, and the first lease has them", async () => {
  const { prepared, opened } = await prepare();
  workers.push(await prepared.start({ addresses: [coordinator.address], apiKey: coordinator.apiKey }));
  const { tasks } = coordinator.deal({ workspace: process.cwd(), tasks: [{ args: ["pid"] }] });
  expect(await coordinator.end(tasks[0] ?? 0)).toMatchObject({ outcome: "passed" });
  expect(opened).toHaveLength(1);
});

test("a worker that its coordinator refuses, or that never gets one, ends what it has opened", async () => {
  const refused = await prepare();
  const wrong = refused.prepared.start({ addresses: [coordinator.address], apiKey: "wrong" });
  await expect(wrong).rejects.toMatchObject({ code: "unauthenticated" });
  const unused = await prepare();
  await unused.prepared.close();
  expect([...refused.opened, ...unused.opened].map((session) => session.usable)).toEqual([false, false]);
});

test("a suite that comes again from another checkout is run there, not in the warm process of the first", async () => {
  await start();
  const [first = 0] = coordinator.deal({ tasks: [{ args: ["pid"] }] }).tasks;
  await coordinator.end(first);
  const [second = 0] = coordinator.deal({ workspace: root, tasks: [{ args: ["pid"] }] }).tasks;
  await coordinator.end(second);
  expect(coordinator.attempt(second).cases[0]?.path).not.toEqual(coordinator.attempt(first).cases[0]?.path);
});

test("what is to be run afresh gets a process of its own, which the next ones share", async () => {
  await start();
  const pids: (string | undefined)[] = [];
  for (const plan of [{}, { afresh: true as const }, {}]) {
    const [task = 0] = coordinator.deal({ ...plan, tasks: [{ args: ["pid"] }] }).tasks;
    await coordinator.end(task);
    pids.push(coordinator.attempt(task).cases[0]?.path[1]);
  }
  expect(pids[1]).not.toBe(pids[0]);
  expect(pids[2]).not.toBe(pids[0]);
});

test("a test that takes longer than it ever did is ended, and told what is usual", async () => {
  await start();
  const [task = 0] = coordinator.deal({ tasks: [{ args: ["wait"], expected_ms: 12.4, limit_ms: 300 }] }).tasks;
  expect(await coordinator.end(task)).toMatchObject({
    outcome: "failed",
    failure: {
      kind: "test-timeout",
      message: `test-${task}.script ran longer than 300 ms, where it usually takes 12 ms, and was ended.`,
    },
  });
});

test("what a test waits for before it starts is no part of what it takes, and has the limit that was given", async () => {
  await start();
  const plan = [{ args: ["never begin"], expected_ms: 12.4, limit_ms: 100, timeout_ms: 300 }];
  const [task = 0] = coordinator.deal({ tasks: plan }).tasks;
  expect(await coordinator.end(task)).toMatchObject({
    outcome: "failed",
    failure: { kind: "test-timeout", message: expect.stringContaining(`test-${task}.script had not begun after 300 ms`) },
  });
});

test.each([
  [{ cases: [["a"]] }, ["case a", "fail of another part", "complete 1 of 2 failed"], ["a"], { outcome: "passed" }],
  [
    { except: [["a"]] },
    ["case a", "fail of this part", "complete 1 of 2 failed"],
    ["fails"],
    { outcome: "failed", failure: { message: "1 of 2 failed" } },
  ],
  [{ except: [["fails"]] }, ["case a", "fail of another part"], ["a"], { outcome: "failed" }],
  // One that was not run has not passed.
  [{ cases: [["a"], ["b"]] }, ["case a", "fail of another part", "complete 1 of 2 failed"], ["a"], { outcome: "failed" }],
] as const)(
  "of a whole file that is run to tell about a part, the part's cases count: %j %j",
  async (named, args, reported, ended) => {
    await start();
    const part = { of: "script:a", index: 0, count: 2, expected_ms: 10, ...named };
    const [task = 0] = coordinator.deal({ tasks: [{ args: [...args], part, whole: true, limit_ms: 1 }] }).tasks;
    expect(await coordinator.end(task)).toMatchObject(ended);
    expect(coordinator.attempt(task).cases.map(({ path }) => path.at(-1))).toEqual(reported);
  },
);

test("a test that runs too long, deaf to SIGTERM, is killed; the rest of its lease goes on in a new process", async () => {
  await start();
  const plan = [{ args: ["pid"] }, { args: ["deaf", "case before", "wait"], timeout_ms: 300 }, { args: ["pid"] }];
  const [first = 0, second = 0, third = 0] = coordinator.deal({ tasks: plan }).tasks;
  expect(await coordinator.end(third)).toMatchObject({ outcome: "passed" });
  expect(await coordinator.end(first)).toMatchObject({ outcome: "passed" });
  expect(await coordinator.end(second)).toMatchObject({ outcome: "failed", failure: { kind: "test-timeout" }, cases: 1 });
  const pid = Number(coordinator.attempt(first).cases[0]?.path[1]);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(coordinator.attempt(third).cases[0]?.path[1]).not.toBe(String(pid));
});

test("a process that dies costs the task it ran; the rest of its lease goes on in a new process", async () => {
  await start();
  const [first = 0, second = 0] = coordinator.deal({
    tasks: [{ args: ["case before", "exit 7"] }, { args: ["case after"] }],
  }).tasks;
  expect(await coordinator.end(second)).toMatchObject({ outcome: "passed", cases: 1 });
  expect(await coordinator.end(first)).toMatchObject({ outcome: "errored", failure: { kind: "crash", exit_code: 7 }, cases: 1 });
});

test("says what is wrong with a workspace, a runner or a framework, for every task of the lease", async () => {
  await start({ workspaceRoots: [import.meta.dirname] });
  const tasks = [{}, {}];
  for (const [plan, reason] of [
    [{ tasks, workspace: join(root, "missing") }, "cannot be used on this worker: ENOENT"],
    [{ tasks, workspace: import.meta.filename }, "is not a folder"],
    [{ tasks, workspace: root }, "is outside the folders this worker may use"],
    [{ tasks, runner: "unheard-of" }, "no runner called unheard-of; it has script"],
    [{ tasks, suiteOptions: { broken: true } }, "Script is not installed"],
  ] as const) {
    const failure = { kind: "setup-error", message: expect.stringContaining(reason) };
    for (const task of coordinator.deal(plan).tasks)
      expect(await coordinator.end(task)).toMatchObject({ type: "finished", outcome: "errored", failure });
  }
});

test("masks secrets in logs and cases, cuts long output in the middle, and replaces what is no UTF-8", async () => {
  await start({ environment: { ...process.env, DEPLOY_TOKEN: "hunter2-hunter2" }, secrets: ["swordfish"] });
  const plan = [
    { args: ["print a hunter2-", "print hunter2 b", "hex ff", `print ${coordinator.apiKey}`, "fail it said swordfish!"] },
    { args: ["print begin", ...Array.from({ length: 50 }, () => `print ${"x".repeat(1000)}`), "print end"] },
    {},
  ];
  const [masked = 0, long = 0, silent = 0] = coordinator.deal({ tasks: plan, output_limit_bytes: 1000 }).tasks;
  expect(await logOf(masked)).toBe("a *** b\uFFFD***");
  expect(coordinator.attempt(masked).cases[0]).toMatchObject({ message: "it said ***!", details: "it said ***!" });
  const log = await logOf(long);
  expect(log).toMatch(/^beginx+\n… 49008 bytes of output left out …\nx+end$/);
  expect(await coordinator.end(silent)).not.toHaveProperty("log");
});

test("asks for the next lease while the last task of one still runs, and runs it right after", async () => {
  await start({ overrun_ms: 600_000 });
  const go = join(root, "go");
  const plan = [
    { args: ["case early"], expected_ms: 600_000 },
    { args: ["pid", `until ${go}`], expected_ms: 1 },
  ];
  const [, running = 0] = coordinator.deal({ tasks: plan }).tasks;
  const { tasks, fence } = coordinator.deal({ tasks: [{ args: ["pid"] }] });
  // It holds the second lease: it has asked for it, and keeps it alive.
  await coordinator.until(() => coordinator.heartbeats.some(({ fences }) => fences.includes(fence)));
  expect(coordinator.askedAhead).toEqual([1]);
  expect(coordinator.attempt(running).ends).toEqual([]);
  writeFileSync(go, "");
  expect(await coordinator.end(tasks[0] ?? 0)).toMatchObject({ type: "finished", outcome: "passed" });
  expect(coordinator.attempt(tasks[0] ?? 0).cases[0]?.path).toEqual(coordinator.attempt(running).cases[0]?.path);
});

test("a lease that was asked for early goes back when the task before it takes too long", async () => {
  const worker = await start({ overrun_ms: 0 });
  const go = join(root, "go");
  const [running = 0] = coordinator.deal({ tasks: [{ args: [`until ${go}`], expected_ms: 1 }] }).tasks;
  const [waiting = 0] = coordinator.deal({ tasks: [{ args: ["case never"] }] }).tasks;
  expect(await coordinator.end(waiting)).toMatchObject({ type: "released" });
  expect(coordinator.attempt(running).ends).toEqual([]);
  writeFileSync(go, "");
  expect(await coordinator.end(running)).toMatchObject({ type: "finished", outcome: "passed" });
  await worker.drain();
  expect(coordinator.attempt(waiting).cases).toEqual([]);
});

test("drains: hands back what has not started, finishes what runs, leaves", async () => {
  const worker = await start();
  const go = join(root, "go");
  const plan = [{ args: ["case started", `until ${go}`] }, { args: ["case never"] }];
  const [running = 0, waiting = 0] = coordinator.deal({ tasks: plan }).tasks;
  await coordinator.until(() => coordinator.attempt(running).cases.length === 1 && coordinator.hasSignals);
  coordinator.signal({ type: "drain" });
  expect(await coordinator.end(waiting)).toMatchObject({ type: "released" });
  await coordinator.until(() => coordinator.heartbeats.some(({ draining }) => draining));
  writeFileSync(go, "");
  expect(await worker.done).toBe("drained");
  expect(await coordinator.end(running)).toMatchObject({ type: "finished", outcome: "passed" });
  expect(coordinator.attempt(waiting).cases).toEqual([]);
  expect(coordinator.left).toHaveLength(1);
});

test("does not come back while the answer to its good-bye is on its way", async () => {
  coordinator.farewell_ms = 300;
  const worker = await start();
  await coordinator.until(() => coordinator.heartbeats.length > 0);
  await worker.drain();
  expect(await worker.done).toBe("drained");
  expect(coordinator.left).toHaveLength(1);
  expect(coordinator.registrations).toHaveLength(1);
});

test("leaves by itself when it had nothing to do for long, and not while a test runs or after one began", async () => {
  const go = join(root, "go");
  const [running = 0] = coordinator.deal({ tasks: [{ args: ["case started", `until ${go}`] }] }).tasks;
  const worker = await start({ idleTimeout_ms: 1000, heartbeat_ms: 100 });
  await coordinator.until(() => coordinator.attempt(running).cases.length === 1);
  // Heartbeats are never sent sooner than they are due: by then the time is up.
  const beats = coordinator.heartbeats.length;
  await coordinator.until(() => coordinator.heartbeats.length > beats + 12);
  expect(coordinator.heartbeats.some(({ draining }) => draining)).toBe(false);
  writeFileSync(go, "");
  expect(await worker.done).toBe("drained");
  expect(await coordinator.end(running)).toMatchObject({ type: "finished", outcome: "passed" });
  expect(coordinator.left).toHaveLength(1);
});

test("a machine that its cloud takes away at once hands back what runs, and leaves", async () => {
  const [running = 0] = coordinator.deal({ tasks: [{ args: ["case before", "wait"] }] }).tasks;
  const metadata = createServer(({ method }, response) => {
    if (coordinator.attempt(running).cases.length === 0) return response.writeHead(404).end();
    const notice = { action: "terminate", time: new Date(Date.now() + 2000).toISOString() };
    return response.end(method === "PUT" ? "token" : JSON.stringify(notice));
  });
  await new Promise<void>((resolve) => metadata.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void metadata.close());
  const endpoint = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`;
  const worker = await start({ preemption: { cloud: "aws", endpoint, interval_ms: 50 } });
  expect(await worker.done).toBe("drained");
  expect((await coordinator.end(running)).type).toBe("released");
});

test("what still runs when draining takes too long is ended and handed back", async () => {
  const worker = await start({ drainTimeout_ms: 50 });
  const [running = 0] = coordinator.deal({ tasks: [{ args: ["pid", "deaf", "wait"] }] }).tasks;
  await coordinator.until(() => coordinator.attempt(running).cases.length === 1);
  await worker.drain();
  expect(await worker.done).toBe("drained");
  expect(await coordinator.end(running)).toMatchObject({ type: "released" });
  expect(() => process.kill(Number(coordinator.attempt(running).cases[0]?.path[1]), 0)).toThrow("ESRCH");
});

test("stops a lease that the coordinator takes back, and goes on with the next", async () => {
  await start();
  const { fence, tasks } = coordinator.deal({ tasks: [{ args: ["case one", "wait"] }, { args: ["case two"] }] });
  await coordinator.until(() => coordinator.attempt(tasks[0] ?? 0).cases.length === 1 && coordinator.hasSignals);
  coordinator.staleFences.add(fence);
  coordinator.signal({ type: "stop", fence, reason: "the run was cancelled" });
  const [next = 0] = coordinator.deal({ tasks: [{}] }).tasks;
  expect(await coordinator.end(next)).toMatchObject({ outcome: "passed" });
  expect(tasks.flatMap((task) => coordinator.attempt(task).ends)).toEqual([]);
});

test("a test goes on while no coordinator is there, and its result arrives when one is again", async () => {
  const notices: string[] = [];
  const gone = Promise.withResolvers<void>();
  await start({
    say: (_line, { code }) => {
      notices.push(code);
      if (code === "connection-lost") gone.resolve();
    },
  });
  const [go, ended] = [join(root, "go"), join(root, "ended")];
  const [task = 0, next = 0] = coordinator.deal({
    tasks: [{ args: ["case one", `until ${go}`, "case two"] }, { args: [`touch ${ended}`, "case three"] }],
  }).tasks;
  await coordinator.until(() => coordinator.attempt(task).cases.length === 1);
  const comeUp = await coordinator.goDown();
  await gone.promise;
  writeFileSync(go, "");
  await vi.waitUntil(() => existsSync(ended), { interval: 10, timeout: 10_000 });
  await comeUp();
  expect(await coordinator.end(next)).toMatchObject({ outcome: "passed", cases: 1 });
  expect(await coordinator.end(task)).toMatchObject({ outcome: "passed", cases: 2 });
  await coordinator.until(() => coordinator.hasSignals);
  expect(coordinator.registrations).toHaveLength(1);
  expect(notices).toEqual(["registered", "connection-lost", "connection-back"]);
});

test("registers again when it was given up, stops what it ran, and works on", async () => {
  const notices: string[] = [];
  await start({ say: (_line, { code }) => notices.push(code) });
  const [lost = 0] = coordinator.deal({ tasks: [{ args: ["case one", "wait"] }] }).tasks;
  await coordinator.until(() => coordinator.attempt(lost).cases.length === 1);
  coordinator.forgetWorker();
  await coordinator.until(() => coordinator.registrations.length === 2);
  expect(coordinator.registrations[1]).toEqual(coordinator.registrations[0]);
  const [next = 0] = coordinator.deal({ tasks: [{}] }).tasks;
  expect(await coordinator.end(next)).toMatchObject({ outcome: "passed" });
  expect(coordinator.attempt(lost).ends).toEqual([]);
  expect(notices).toContain("registered-again");
});

test("what is found when it works already is told at once, by the same worker, and again when it has to register anew", async () => {
  const worker = await start();
  const [running = 0] = coordinator.deal({ tasks: [{ args: ["case one", "wait"] }] }).tasks;
  await coordinator.until(() => coordinator.attempt(running).cases.length === 1);
  await worker.offer({ tags: ["browser:firefox", "webgpu"], details: { "browser:firefox": "153 esr /usr/bin/firefox" } });
  const [first, second] = coordinator.registrations;
  expect(first?.capabilities.tags).not.toContain("browser:firefox");
  expect(second).toMatchObject({
    name: first?.name,
    instance: first?.instance,
    capabilities: {
      tags: [...(first?.capabilities.tags ?? []), "browser:firefox", "webgpu"],
      details: { ...first?.capabilities.details, "browser:firefox": "153 esr /usr/bin/firefox" },
    },
  });
  coordinator.forgetWorker();
  await coordinator.until(() => coordinator.registrations.length === 3);
  expect(coordinator.registrations[2]).toEqual(second);
  const [next = 0] = coordinator.deal({ tasks: [{}] }).tasks;
  expect(await coordinator.end(next)).toMatchObject({ outcome: "passed" });
});

test("what the browsers of its tests do is in its heartbeats, once there are any", async () => {
  const figures = { id: "pool-of-this-test", browsers: [], waiting: 2, started: 3, leased: 4, retired: { idle: 1 } };
  let there: typeof figures | undefined;
  await start({ runners: new Map([["script", { ...scriptRunner, browsers: () => there }]]) });
  await coordinator.until(() => coordinator.heartbeats.length > 1);
  expect(coordinator.heartbeats.at(-1)).not.toHaveProperty("browsers");
  there = figures;
  await coordinator.until(() => coordinator.heartbeats.at(-1)?.browsers !== undefined);
  expect(coordinator.heartbeats.at(-1)?.browsers).toEqual(figures);
});

test("a case that the coordinator refuses ends its attempt as errored and holds up no other", async () => {
  await start({ slots: 2 });
  coordinator.refusal = (event) =>
    event.type === "cases" && event.cases.some(({ path }) => path[0] === "big")
      ? new ShardwrightError("body-too-large", { limit_bytes: 1 })
      : undefined;
  const go = join(root, "go");
  const [refused = 0] = coordinator.deal({ tasks: [{ args: ["cases 3", `until ${go}`, "case big", "wait"] }] }).tasks;
  const [other = 0] = coordinator.deal({ tasks: [{ args: [`until ${go}`, "cases 300"] }] }).tasks;
  await coordinator.until(() => coordinator.attempt(refused).cases.length === 3);
  writeFileSync(go, "");
  expect(await coordinator.end(refused)).toMatchObject({ outcome: "errored", failure: { kind: "infrastructure" }, cases: 3 });
  expect(await coordinator.end(other)).toMatchObject({ outcome: "passed", cases: 300 });
});

test("a wrong token ends the start at once, a taken name after a while, a token that was revoked the worker", async () => {
  await expect(start({ apiKey: "wrong" })).rejects.toMatchObject({ code: "unauthenticated" });
  coordinator.nameIsTaken = true;
  const patience = new AbortController();
  const starting = start({ signal: patience.signal });
  await coordinator.until(() => coordinator.registrations.length === 2);
  patience.abort(new Error("no longer"));
  await expect(starting).rejects.toThrow("no longer");
  coordinator.nameIsTaken = false;
  const worker = await start();
  coordinator.refusal = () => new ShardwrightError("forbidden", { scope: "read", needed: "worker" });
  coordinator.deal({ tasks: [{}] });
  await expect(worker.done).rejects.toMatchObject({ code: "forbidden" });
});

test("keeps what each task of a warm process leaves behind, one that is killed and one that crashes too", async () => {
  await start();
  const kept = ["keep own.txt", `touch ${join(root, "shot.png")}`];
  const { tasks } = coordinator.deal({
    workspace: root,
    artifacts: ["*.png"],
    tasks: [
      { args: ["pid", ...kept] },
      { args: ["pid"] },
      { args: ["keep late.txt", "wait"], timeout_ms: 300 },
      { args: ["keep last.txt", "exit 3"] },
      { args: ["env SHARDWRIGHT_ARTIFACTS_DIR"] },
    ],
  });
  const [first = 0, second = 0, killed = 0, crashed = 0, last = 0] = tasks;
  await coordinator.end(last);
  const left = async (task: number) => {
    const end = await coordinator.end(task);
    const artifacts = end.type === "finished" ? (end.artifacts ?? []) : [];
    return artifacts.map(({ name, sha256 }) => `${name}=${String(coordinator.blobs.get(sha256))}`);
  };
  expect(await left(first)).toEqual([`own.txt=${first}`, "shot.png="]);
  expect(await left(second)).toEqual([]);
  expect(await left(killed)).toEqual([`late.txt=${killed}`]);
  expect(await left(crashed)).toEqual([`last.txt=${crashed}`]);
  expect(await left(last)).toEqual([]);
  // One process for the first two: their boundary is kept without a new one.
  expect(coordinator.attempt(second).cases[0]?.path).toEqual(coordinator.attempt(first).cases[0]?.path);
  const folder = coordinator.attempt(last).cases[0]?.path[1] ?? "";
  expect(existsSync(folder)).toBe(true);
  await workers[0]?.stop();
  expect(existsSync(folder)).toBe(false);
});

test("a worker that drains stores what its last task left behind", async () => {
  const worker = await start();
  const gate = join(root, "gate");
  const { tasks } = coordinator.deal({
    workspace: root,
    artifacts: ["*.png"],
    tasks: [{ args: ["case runs", "keep a.txt", `until ${gate}`] }, { args: [] }],
  });
  const [first = 0, second = 0] = tasks;
  await coordinator.until(() => coordinator.attempt(first).cases.length > 0);
  const drained = worker.drain();
  writeFileSync(gate, "");
  await drained;
  expect(await coordinator.end(first)).toMatchObject({ outcome: "passed", artifacts: [{ name: "a.txt" }] });
  expect(await coordinator.end(second)).toMatchObject({ type: "released" });
});

test("passes on what a test prints while it runs, without secrets", async () => {
  await start({ environment: { ...process.env, DEPLOY_TOKEN: "swordfish-1234" } });
  const gate = join(root, "gate");
  const [task = 0] = coordinator.deal({
    workspace: root,
    tasks: [{ args: ["print deploys with swordfish-1234\n", `until ${gate}`] }],
  }).tasks;
  await coordinator.until(() => coordinator.live.get(task) === "deploys with ***\n");
  expect(coordinator.attempt(task).ends).toEqual([]);
  writeFileSync(gate, "");
  expect(await logOf(task)).toBe("deploys with ***\n");
});
