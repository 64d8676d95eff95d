import type { RunnerSession } from "@shardwright/runners";
import { expect, test } from "vitest";
import { Sessions } from "./sessions.ts";

class FakeSession implements RunnerSession {
  closed: string[] = [];
  get usable(): boolean {
    return this.closed.length === 0;
  }
  async *execute() {}
  async close(mode: "graceful" | "now"): Promise<undefined> {
    this.closed.push(mode);
  }
}

test("of two sessions given back for one suite one is closed, so that none outlives the worker", async () => {
  const sessions = new Sessions({ limit: 2, idle_ms: 60_000 });
  const [early, late] = [new FakeSession(), new FakeSession()];
  sessions.giveBack("run/unit", early);
  sessions.giveBack("run/unit", late);
  expect(sessions.warm).toEqual(["run/unit"]);
  await sessions.closeAll("now");
  expect([early.usable, late.usable]).toEqual([false, false]);
});

test("a session is given to no other work than it was opened for", async () => {
  const sessions = new Sessions({ limit: 2, idle_ms: 60_000 });
  const old = await sessions.take("run/unit", "checkout 1", async () => new FakeSession());
  sessions.giveBack("run/unit", old);
  expect(await sessions.take("run/unit", "checkout 1", async () => new FakeSession())).toBe(old);
  sessions.giveBack("run/unit", old);
  const fresh = await sessions.take("run/unit", "checkout 2", async () => new FakeSession());
  expect(fresh).not.toBe(old);
  expect(old.usable).toBe(false);
  await sessions.closeAll("now");
});

test("what goes wrong with a session that was opened for nothing is told with its run: it may have been the last to clear up", async () => {
  const sessions = new Sessions({ limit: 2, idle_ms: 60_000 });
  const failure = { kind: "setup-error", message: "the teardown failed" } as const;
  const opened = Promise.withResolvers<RunnerSession>();
  sessions.prepare("run/unit", "checkout 1", () => opened.promise);
  const closing = sessions.closeRun("run");
  // Still starting when the run ends.
  opened.resolve({ usable: true, async *execute() {}, close: () => Promise.resolve(failure) });
  expect(await closing).toEqual([{ suite: "unit", failure }]);
  expect(sessions.troubledRuns).toEqual(["run"]);
});

test("a worker that had no test of a run tells whoever ends it how what it opened for it was closed, and keeps nothing of that", async () => {
  const sessions = new Sessions({ limit: 2, idle_ms: 60_000 });
  const failure = { kind: "setup-error", message: "the teardown failed" } as const;
  const opened = () => Promise.resolve({ usable: true, async *execute() {}, close: () => Promise.resolve(failure) });
  sessions.prepare("run/unit", "checkout 1", opened);
  sessions.prepare("other/unit", "checkout 1", opened);
  const used = await sessions.take("run/used", "checkout 1", async () => new FakeSession());
  expect(await sessions.closeUnused("run")).toEqual([{ suite: "unit", failure }]);
  expect([sessions.warm, sessions.troubledRuns, used.usable]).toEqual([["other/unit"], [], true]);
  await sessions.closeAll("now");
});
