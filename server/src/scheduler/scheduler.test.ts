import { addsUp } from "@shardwright/core";
import { expect, test } from "vitest";
import { EventHub } from "../events/event-hub.ts";
import { runEventSource } from "../events/sources.ts";
import { World, caseOf, eventsOf, submissionOf } from "../testing/world.ts";

const files = (...names: string[]) => names.map((name) => `${name}.test.js`);
const only = <T>(values: readonly T[]): T => {
  expect(values).toHaveLength(1);
  return values[0] as T;
};

test("a run ends green when every task of its manifest has passed, and not before", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b", "c")));
  const worker = await world.worker("one");
  for (let done = 0; done < 3;) {
    expect(world.report(run).run).toMatchObject({ status: "running", account: { discovered: 3, passed: done } });
    const lease = only(await worker.lease());
    await worker.run(lease);
    done += lease.tasks.length;
  }
  expect(world.report(run).run).toMatchObject({
    status: "ended",
    verdict: "passed",
    account: { discovered: 3, passed: 3, incomplete: 0 },
    cases: 3,
  });
  expect(await worker.lease()).toEqual([]);
});

test("a failure is tried again where it was, then elsewhere, and the task is flaky if it then passes", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const two = await world.worker("two");
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  await one.run(only(await one.lease()), "failed");
  expect(await two.lease()).toEqual([]);
  await one.run(only(await one.lease()), "failed");
  expect(await one.lease()).toEqual([]);
  await two.run(only(await two.lease()));
  const { run: summary, attempts } = world.report(run);
  expect(attempts).toEqual(["0.1 failed", "0.2 failed", "0.3 passed"]);
  expect(summary).toMatchObject({ verdict: "passed", reason: "1 discovered = 1 flaky", account: { flaky: 1, passed: 0 } });
});

test("a retry waits a moment for the worker it is kept for, then takes the one there is", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const two = await world.worker("two");
  await world.scheduler.submit(submissionOf(files("a")));
  await one.run(only(await one.lease()), "failed");
  const waiting = two.poll(1, 30_000);
  world.clock.advance(world.options.retryPreference_ms);
  await two.run(only((await waiting).leases), "failed");
  const again = two.poll(1, 30_000);
  world.clock.advance(world.options.avoidance_ms);
  expect((await again).leases).toHaveLength(1);
});

test("a task that fails more often than it may be tried again has failed", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b"), { options: { max_retries: 1 } }));
  for (let left = await one.lease(); left.length > 0; left = await one.lease()) {
    for (const lease of left)
      for (const { task } of lease.tasks) await one.send(...eventsOf(lease, task, task === 0 ? "failed" : "passed"));
    world.clock.advance(world.options.retryPreference_ms);
  }
  const { run: summary, attempts } = world.report(run);
  expect(attempts).toEqual(["0.1 failed", "0.2 failed", "1.1 passed"]);
  expect(summary).toMatchObject({ verdict: "failed", account: { failed: 1, passed: 1 } });
});

test.each([
  // Nobody can tell it from something that is away: what failed while that was waited for is run once more, and some find out.
  ["progressive", 30 + 10 + 30 + 10],
  ["minimal", 30 + 10],
] as const)("broken code is not run four times over: the run's retries are bounded (%s)", async (recovery, most) => {
  await using world = await World.open();
  const one = await world.worker("one");
  const names = Array.from({ length: 30 }, (_, index) => `t${index}`);
  const { run } = await world.scheduler.submit(submissionOf(files(...names), { options: { max_retries: 3, recovery } }));
  while (world.report(run).run?.status !== "ended") {
    for (const lease of await one.lease()) await one.run(lease, "failed");
    await one.heartbeat();
    world.clock.advance(world.options.retryPreference_ms);
  }
  const { run: summary, attempts, notices } = world.report(run);
  expect(summary).toMatchObject({ verdict: "failed", account: { failed: 30 } });
  expect(attempts.length).toBeLessThanOrEqual(most);
  expect(notices).toContain("retry-budget");
});

test("a waiting worker gets work at once when there is some", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const waiting = one.poll(1, 30_000);
  await world.scheduler.submit(submissionOf(files("a")));
  expect((await waiting).leases).toHaveLength(1);
});

test("a poll that finds nothing is answered when its time is over", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const waiting = one.poll(1, 30_000);
  world.clock.advance(30_000);
  expect(await waiting).toEqual({ leases: [], drain: false });
});

test("leases of a request whose worker hung up go back", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const two = await world.worker("two");
  const hangUp = new AbortController();
  const waiting = one.poll(1, 30_000, {}, hangUp.signal);
  const submitted = world.scheduler.submit(submissionOf(files("a")));
  hangUp.abort();
  expect((await waiting).leases).toEqual([]);
  await submitted;
  expect(only(await two.lease()).tasks).toMatchObject([{ task: 0, attempt: 2 }]);
});

test("the longest expected task goes first, and batches shrink to single tasks", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const names = Array.from({ length: 20 }, (_, index) => `t${String(index).padStart(2, "0")}`);
  const first = await world.scheduler.submit(submissionOf(files(...names), { run_key: "first" }));
  for (let left = await one.lease(); left.length > 0; left = await one.lease())
    for (const lease of left)
      for (const { task } of lease.tasks) await one.send(...eventsOf(lease, task, "passed", 10 * (task + 1)));
  expect(world.report(first.run).run?.verdict).toBe("passed");

  await world.scheduler.submit(submissionOf(files(...names), { run_key: "second" }));
  const dealt: number[][] = [];
  for (let left = await one.lease(); left.length > 0; left = await one.lease()) {
    for (const lease of left) {
      dealt.push(lease.tasks.map(({ task }) => task));
      await one.run(lease);
    }
  }
  expect(dealt.flat()).toEqual(Array.from({ length: 20 }, (_, index) => 19 - index));
  expect(dealt[0]?.length).toBeGreaterThan(1);
  expect(dealt.at(-1)).toHaveLength(1);
});

test("only a worker that has what a task needs gets it; what nobody has is said at once and given up after a while", async () => {
  await using world = await World.open();
  const plain = await world.worker("plain");
  const { run } = await world.scheduler.submit(
    submissionOf([{ file: "gpu.test.js", requirements: { tags: ["cuda"] } }, { file: "plain.test.js" }]),
  );
  expect(world.report(run).notices).toEqual(["unsatisfiable"]);
  await plain.run(only(await plain.lease()));
  expect(await plain.lease()).toEqual([]);
  for (let waited_ms = 0; waited_ms < world.options.unsatisfiableGrace_ms; waited_ms += 5000) {
    expect(world.report(run).run?.status).toBe("running");
    world.clock.advance(5000);
    await plain.heartbeat();
  }
  expect(world.report(run).run).toMatchObject({ verdict: "incomplete", account: { passed: 1, incomplete: 1 } });
  expect(world.report(run).tasks[0]?.reason).toContain("cuda");
});

test("a worker that comes in time and has what is needed gets the task", async () => {
  await using world = await World.open();
  const plain = await world.worker("plain");
  const { run } = await world.scheduler.submit(submissionOf([{ file: "gpu.test.js", requirements: { tags: ["cuda"] } }]));
  expect(await plain.lease()).toEqual([]);
  const strong = await world.worker("strong", { tags: ["cuda"] });
  await strong.run(only(await strong.lease()));
  expect(world.report(run).run?.verdict).toBe("passed");
});

test("a run without any worker says so, waits, and ends at its deadline", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { timeout_ms: 100_000 } }));
  world.clock.advance(world.options.noWorkersNotice_ms);
  await expect.poll(() => world.report(run).notices).toEqual(["no-workers"]);
  world.clock.advance(100_000);
  await expect.poll(() => world.report(run).run).toMatchObject({ verdict: "incomplete", account: { incomplete: 1 } });
});

test("the tasks of a worker whose connection broke run elsewhere after a short grace, and cost no retry", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const two = await world.worker("two");
  const breakConnection = one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { max_retries: 0 } }));
  const lost = only(await one.lease());
  await one.send(eventsOf(lost, 0)[0]);
  breakConnection();
  expect(await two.lease()).toEqual([]);
  world.clock.advance(world.options.reconnectGrace_ms);
  await two.run(only(await two.lease()));
  const { run: summary, attempts, notices } = world.report(run);
  expect(attempts).toEqual(["0.1 lost", "0.2 passed"]);
  expect(summary).toMatchObject({ verdict: "passed", account: { passed: 1, flaky: 0 } });
  expect(notices).toContain("worker-lost");
  await expect(one.heartbeat([lost.fence])).rejects.toMatchObject({ code: "worker-unknown" });
});

test("a worker that comes back within the grace keeps its leases", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const breakConnection = one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  const lease = only(await one.lease());
  breakConnection();
  one.connect();
  world.clock.advance(world.options.reconnectGrace_ms);
  await one.run(lease);
  expect(world.report(run).attempts).toEqual(["0.1 passed"]);
});

test("a worker that sends no heartbeat is given up with its leases", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  await one.send(eventsOf(only(await one.lease()), 0)[0]);
  world.clock.advance(2 * world.options.leaseTtl_ms);
  await expect.poll(() => world.report(run).attempts).toEqual(["0.1 lost"]);
  const two = await world.worker("two");
  await two.run(only(await two.lease()));
  expect(world.report(run).run?.verdict).toBe("passed");
});

test("heartbeats keep a lease for as long as they name it", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  const lease = only(await one.lease());
  for (let beat = 0; beat < 20; beat += 1) {
    world.clock.advance(world.options.heartbeat_ms);
    expect(await one.heartbeat([lease.fence])).toEqual({ stop: [], drain: false });
  }
  await one.run(lease);
  expect(world.report(run).attempts).toEqual(["0.1 passed"]);
});

test("a lease whose answer never reached its worker is dealt again", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  await one.lease();
  world.clock.advance(world.options.heartbeat_ms + 1);
  await one.heartbeat([]);
  await one.run(only(await one.lease()));
  expect(world.report(run).attempts).toEqual(["0.1 released", "0.2 passed"]);
});

test("a late answer counts while the task is open, and is dropped once somebody else has it", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const breakConnection = one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b"), { options: { max_retries: 0 } }));
  const leases = [only(await one.lease()), only(await one.lease())];
  for (const lease of leases) await one.send(eventsOf(lease, lease.tasks[0]!.task)[0]);
  breakConnection();
  world.clock.advance(world.options.reconnectGrace_ms);
  // The first is taken over by another worker, the second still waits.
  const two = await world.worker("two");
  const taken = only(await two.lease());
  const takenTask = taken.tasks[0]!.task;
  const late = leases.find((lease) => lease.tasks[0]?.task === takenTask)!;
  const open = leases.find((lease) => lease !== late)!;
  expect(await one.send(...eventsOf(late, takenTask))).toEqual({
    accepted: 0,
    dropped: [0, 1, 2].map((index) => ({ index, reason: "stale" })),
  });
  expect(await one.send(...eventsOf(open, open.tasks[0]!.task))).toMatchObject({ dropped: [] });
  await two.run(taken);
  const report = world.report(run);
  expect(report.attempts.toSorted()).toEqual(
    [`${takenTask}.1 lost`, `${takenTask}.2 passed`, `${1 - takenTask}.1 passed`].toSorted(),
  );
  expect(report.run).toMatchObject({ verdict: "passed", account: { passed: 2 }, cases: 2 });
});

test("what is sent twice counts once, and a gap is refused", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  const lease = only(await one.lease());
  const base = { run, fence: lease.fence, task: 0, attempt: 1 };
  const cases = (first: number, ...names: string[]) =>
    ({ type: "cases", ...base, first, cases: names.map((name) => caseOf(name)) }) as const;
  const finished = (count: number) => ({ type: "finished", ...base, outcome: "passed", duration_ms: 10, cases: count }) as const;
  expect((await one.send(cases(0, "a", "b"))).dropped).toEqual([]);
  expect((await one.send(cases(0, "a", "b"))).dropped).toEqual([{ index: 0, reason: "duplicate" }]);
  expect((await one.send(cases(1, "b", "c"))).dropped).toEqual([]);
  expect((await one.send(cases(4, "e"))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  expect((await one.send(finished(4))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  expect((await one.send(finished(3))).dropped).toEqual([]);
  expect((await one.send(finished(3))).dropped).toEqual([{ index: 0, reason: "duplicate" }]);
  expect(world.report(run).cases).toEqual(["0.1 a passed", "0.1 b passed", "0.1 c passed"]);
});

test("an end may bring the last cases with it, and counts them once", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { max_retries: 0 } }));
  const lease = only(await one.lease());
  const base = { run, fence: lease.fence, task: 0, attempt: 1 };
  const finished = (count: number, ...last: ReturnType<typeof caseOf>[]) =>
    ({ type: "finished", ...base, outcome: "failed", duration_ms: 10, cases: count, last }) as const;
  await one.send({ type: "cases", ...base, first: 0, cases: [caseOf("a"), caseOf("b")] });
  expect((await one.send(finished(4, caseOf("d")))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  expect((await one.send(finished(1, caseOf("x"), caseOf("y")))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  expect((await one.send(finished(1, caseOf("a")))).dropped).toEqual([{ index: 0, reason: "gap" }]);
  expect(world.report(run).cases).toHaveLength(2);
  expect((await one.send(finished(3, caseOf("b"), caseOf("c", "failed")))).dropped).toEqual([]);
  expect((await one.send(finished(3, caseOf("c", "failed")))).dropped).toEqual([{ index: 0, reason: "duplicate" }]);
  expect(world.report(run)).toMatchObject({
    run: { verdict: "failed", account: { failed: 1 }, cases: 3 },
    cases: ["0.1 a passed", "0.1 b passed", "0.1 c failed"],
  });
});

test("a task that takes its third worker down with it is not given to a fourth", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf(files("killer", "fine")));
  for (const name of ["one", "two", "three"]) {
    const worker = await world.worker(name);
    const breakConnection = worker.connect();
    for (let left = await worker.lease(); left.length > 0; left = await worker.lease()) {
      const lease = only(left);
      for (const { task } of lease.tasks) {
        const events = eventsOf(lease, task);
        await worker.send(...(task === 0 ? [events[0]] : events));
      }
    }
    breakConnection();
    world.clock.advance(world.options.reconnectGrace_ms);
  }
  await expect.poll(() => world.report(run).run).toMatchObject({ verdict: "errored", account: { errored: 1, passed: 1 } });
});

test("a worker that leaves hands everything back, and one that drains gets nothing more", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  const lease = only(await one.lease());
  expect(await one.heartbeat([lease.fence], true)).toEqual({ stop: [], drain: true });
  expect(await one.poll(1, 30_000)).toEqual({ leases: [], drain: true });
  await one.leave();
  const two = await world.worker("two");
  await two.run(only(await two.lease()));
  expect(world.report(run).attempts).toEqual(["0.1 released", "0.2 passed"]);
});

test("one name, one worker: another process waits until the first is gone, the same one keeps its place", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const breakConnection = one.connect();
  await expect(one.impostor("another-process")).rejects.toMatchObject({ code: "worker-name-taken" });
  expect((await one.impostor("instance-of-one")).worker).toBe(one.id);
  breakConnection();
  expect((await one.impostor("another-process")).worker).not.toBe(one.id);
});

test("cancelling stops what runs and settles what waits", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  one.connect();
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b", "c")));
  const lease = only(await one.lease());
  await one.run(lease);
  const running = only(await one.lease());
  await world.scheduler.cancel(run, "a user had enough");
  expect(one.told).toEqual([`stop ${running.fence}`]);
  expect(world.report(run).run).toMatchObject({
    verdict: "cancelled",
    account: { passed: lease.tasks.length, cancelled: 3 - lease.tasks.length },
  });
  expect((await one.send(...eventsOf(running, running.tasks[0]!.task))).accepted).toBe(0);
  expect(await one.lease()).toEqual([]);
});

test("one run key is one run: joined while it runs, finished when it passed, refused for another manifest", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("a"));
  const [created, joined] = await Promise.all([world.scheduler.submit(submission), world.scheduler.submit(submission)]);
  expect(created.disposition).toBe("created");
  expect(joined).toMatchObject({ run: created.run, disposition: "joined", pending: 1 });
  await expect(world.scheduler.submit(submissionOf(files("b")))).rejects.toMatchObject({ code: "run-key-conflict" });
  await one.run(only(await one.lease()));
  expect(await world.scheduler.submit(submission)).toEqual({ run: created.run, disposition: "finished", pending: 0 });
});

test("submitted again, a run that ended runs again only what had not passed, and says which", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("good", "bad"), { options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  for (let left = await one.lease(); left.length > 0; left = await one.lease())
    for (const lease of left)
      for (const { task } of lease.tasks) await one.send(...eventsOf(lease, task, task === 1 ? "failed" : "passed"));
  expect(world.report(run).run?.verdict).toBe("failed");
  expect(await world.scheduler.submit(submission)).toMatchObject({ run, disposition: "reopened", pending: 1 });
  const lease = only(await one.lease());
  expect(lease.tasks).toMatchObject([{ task: 1, attempt: 2, spec: { file: "bad.test.js" } }]);
  await one.run(lease);
  const { run: summary, attempts, notices } = world.report(run);
  expect(attempts).toEqual(["0.1 passed", "1.1 failed", "1.2 passed"]);
  expect(summary).toMatchObject({ verdict: "passed", account: { passed: 1, flaky: 1 } });
  expect(notices).toContain("reopened");
});

test("who watches a run that was taken up again is told of this opening, and of no end but its last", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const submission = submissionOf(files("a"), { options: { max_retries: 0 } });
  const { run } = await world.scheduler.submit(submission);
  await one.run(only(await one.lease()), "failed");
  await world.scheduler.submit(submission);
  const typesAfter = (after?: number) => {
    const { queries, ledger } = world.inside;
    const source = runEventSource({ queries, ledger, hub: new EventHub() }, run, after, () => {});
    return source.next().map(({ data }) => (JSON.parse(data ?? "") as { type: string }).type);
  };
  expect(typesAfter()).toEqual(["reopened", "notice"]);
  await one.run(only(await one.lease()));
  const opening = ["leased", "cases", "attempt"];
  expect(typesAfter()).toEqual(["reopened", "notice", ...opening, "ended"]);
  expect(typesAfter(0)).toEqual(["submitted", ...opening, "reopened", "notice", ...opening, "ended"]);
  expect(typesAfter(1_000_000)).toEqual(["ended"]);
});

test("only whole, passing attempts say how long a task takes", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  await world.scheduler.submit(submissionOf(files("a")));
  await one.send(...eventsOf(only(await one.lease()), 0, "failed", 7000));
  world.clock.advance(world.options.retryPreference_ms);
  await one.send(...eventsOf(only(await one.lease()), 0, "passed", 40));
  expect([...world.inside.queries.timings.history("default").get("unit:a.test.js")!.values()]).toEqual([[40]]);
});

test("an empty run is no success, unless it was meant", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf([], { options: { allow_empty: true } }));
  expect(world.report(run).run?.verdict).toBe("passed");
});

test("after a restart, running tests keep their leases, fences keep growing, and nothing is lost or doubled", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a", "b", "c")));
  const first = only(await one.lease());
  await one.run(first);
  const held = only(await one.lease());
  const [started, cases, finished] = eventsOf(held, held.tasks[0]!.task);
  await one.send(started, cases);
  await world.restart();
  expect(await one.heartbeat([held.fence])).toEqual({ stop: [], drain: false });
  expect((await one.send(started, cases, finished)).dropped).toEqual([{ index: 1, reason: "duplicate" }]);
  for (const { task } of held.tasks.slice(1)) await one.send(...eventsOf(held, task));
  for (let left = await one.lease(); left.length > 0; left = await one.lease())
    for (const lease of left) {
      expect(lease.fence).toBeGreaterThan(held.fence);
      await one.run(lease);
    }
  const { run: summary, attempts } = world.report(run);
  expect(summary).toMatchObject({ verdict: "passed", account: { passed: 3 }, cases: 3 });
  expect(attempts).toEqual(["0.1 passed", "1.1 passed", "2.1 passed"]);
  expect(addsUp(summary!.account)).toBe(true);
});

test("after a restart, a worker that does not come back is given up", async () => {
  await using world = await World.open();
  const one = await world.worker("one");
  const { run } = await world.scheduler.submit(submissionOf(files("a")));
  await one.lease();
  await world.restart();
  const two = await world.worker("two");
  two.connect();
  expect(await two.lease()).toEqual([]);
  for (let passed_ms = 0; passed_ms <= world.options.leaseTtl_ms; passed_ms += 3000) {
    world.clock.advance(3000);
    await two.heartbeat();
  }
  await two.run(only(await two.lease()));
  expect(world.report(run).attempts).toEqual(["0.1 lost", "0.2 passed"]);
});

test("a deadline counts the time the coordinator was away", async () => {
  await using world = await World.open();
  const { run } = await world.scheduler.submit(submissionOf(files("a"), { options: { timeout_ms: 100_000 } }));
  await world.stop();
  world.clock.advance(99_000);
  await world.start();
  world.clock.advance(1000);
  await expect.poll(() => world.report(run).run?.verdict).toBe("incomplete");
});

test("open runs, workers and polls are bounded", async () => {
  await using world = await World.open({ openRuns_limit: 1, workers_limit: 1, pollsPerWorker_limit: 1 });
  await world.scheduler.submit(submissionOf(files("a"), { run_key: "one" }));
  await expect(world.scheduler.submit(submissionOf(files("a"), { run_key: "two" }))).rejects.toMatchObject({
    code: "queue-full",
  });
  const worker = await world.worker("one", { tags: [] });
  await expect(world.worker("two")).rejects.toMatchObject({ code: "queue-full" });
  await worker.lease();
  const older = worker.poll(1, 30_000);
  const younger = worker.poll(1, 30_000);
  expect(await older).toEqual({ leases: [], drain: false });
  world.clock.advance(30_000);
  await younger;
});
