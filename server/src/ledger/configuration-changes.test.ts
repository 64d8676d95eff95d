import { failoverProfiles } from "@shardwright/core";
import { type Configuration, Driver, founded } from "@shardwright/raft";
import { expect, test } from "vitest";
import { ConfigurationChanges } from "./configuration-changes.ts";
import { settingsOf } from "./timings.ts";

const membersOf = (...ids: string[]): Configuration => ({ members: ids.map((id) => ({ id, votes: true, address: "" })) });

/** `a` leads term 2, and its first entry is committed. */
function leading() {
  const driver = new Driver<number>(
    {
      id: "a",
      settings: settingsOf(failoverProfiles.default),
      random: () => 0.5,
      stored: founded(membersOf("a", "b", "c")),
      applied: 0,
    },
    {
      now_ms: () => 0,
      wakeAt: () => {},
      write: (_writes, done) => queueMicrotask(done),
      send: () => {},
      apply: () => [],
      restore: () => {},
      makeSnapshot: () => {},
      fetch: () => {},
      onEvent: () => {},
    },
    () => {},
  );
  const changes = new ConfigurationChanges(driver, () => {});
  const acknowledge = async (match: number, from = "b"): Promise<void> => {
    await Promise.resolve();
    driver.receive({ type: "append-reply", from, to: "a", term: 2, isMatch: true, match, round: 0 });
  };
  return { driver, changes, acknowledge };
}

async function led() {
  const begun = leading();
  const { driver, acknowledge } = begun;
  driver.campaign();
  for (const phase of ["pre", "real"] as const) {
    driver.receive({ type: "vote-reply", from: "b", to: "a", term: 2, phase, isGranted: true });
    await Promise.resolve();
  }
  await acknowledge(2);
  return begun;
}

/** Somebody else leads from now on. */
function depose({ driver, changes }: Awaited<ReturnType<typeof led>>): void {
  driver.receive({
    type: "append",
    from: "b",
    to: "a",
    term: 3,
    prevIndex: 2,
    prevTerm: 2,
    entries: [],
    commit: 2,
    round: 0,
    floor: 0,
  });
  changes.loseLeadership();
}

test("who asked for a change is told when it is applied, or why it is refused", async () => {
  const { changes, acknowledge } = await led();
  const changed = changes.propose(membersOf("a", "b", "c", "d"));
  await expect(changes.propose(membersOf("a", "b", "c", "e"))).rejects.toMatchObject({ details: { reason: "change-pending" } });
  await acknowledge(3);
  await acknowledge(3, "c");
  await changed;
  await expect(changes.propose(membersOf("a"))).rejects.toMatchObject({ code: "membership-refused" });
});

test("who asked for a change does not wait for ever when another node leads, and it may be that nobody answers any more", async () => {
  const begun = await led();
  const changed = begun.changes.propose(membersOf("a", "b", "c", "d"));
  depose(begun);
  await expect(changed).rejects.toMatchObject({ code: "leadership-lost" });
});

test("a leader that removes itself says so, though it leads no more before that is on its own disk", async () => {
  const { driver, changes, acknowledge } = await led();
  let isDone = false;
  const changed = changes.propose(membersOf("b", "c")).then(() => (isDone = true));
  driver.receive({ type: "append-reply", from: "b", to: "a", term: 2, isMatch: true, match: 3, round: 0 });
  driver.receive({ type: "append-reply", from: "c", to: "a", term: 2, isMatch: true, match: 3, round: 0 });
  expect([driver.isLeader, driver.state.log.stable, isDone]).toEqual([false, 2, false]);
  changes.loseLeadership();
  await acknowledge(3);
  await changed;
});
