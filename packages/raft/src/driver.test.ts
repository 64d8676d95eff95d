import { expect, test } from "vitest";
import { Driver, type Ports } from "./driver.ts";
import type { Outcome } from "./pending-proposals.ts";
import { founded } from "./state.ts";
import type { Entry, Message, Snapshot } from "./types.ts";

const settings = {
  heartbeat_ms: 250,
  electionMin_ms: 2500,
  electionMax_ms: 5000,
  messageLimit_bytes: 1000,
  inFlightLimit: 8,
  uncommittedLimit_bytes: 10_000,
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sent: Message[] = [];

/** `a` of these members, on a disk that answers when `sync` is called. */
function begin(ids: readonly string[], more: Partial<Ports<number>> = {}) {
  const written: ((error?: Error) => void)[] = [];
  const applied: Entry[] = [];
  sent.length = 0;
  const ports: Ports<number> = {
    now_ms: () => 0,
    wakeAt: () => {},
    write: (_writes, done) => written.push(done),
    send: (message) => sent.push(message),
    apply: (entries) => {
      applied.push(...entries);
      return entries.filter(({ kind }) => kind === "data").map(({ index }) => index);
    },
    restore: () => {},
    makeSnapshot: () => {},
    fetch: () => {},
    onEvent: () => {},
    ...more,
  };
  const stored = founded({ members: ids.map((id) => ({ id, votes: true, address: "" })) });
  const driver = new Driver({ id: "a", settings, random: () => 0.5, stored, applied: 0 }, ports, () => {});
  const sync = (): void => {
    while (written.length > 0) written.shift()?.();
  };
  return { driver, applied, sync };
}

/** `a` leads term 2, and its first entry is committed. */
function lead(begun: ReturnType<typeof begin>): void {
  const { driver, sync } = begun;
  driver.campaign();
  for (const phase of ["pre", "real"] as const) {
    driver.receive({ type: "vote-reply", from: "b", to: "a", term: 2, phase, isGranted: true });
    sync();
  }
  expect(driver.isLeader).toBe(true);
  acknowledge(begun, 2);
}

function acknowledge({ driver, sync }: ReturnType<typeof begin>, match: number): void {
  sync();
  driver.receive({ type: "append-reply", from: "b", to: "a", term: 2, isMatch: true, match, round: 0 });
}

test("nothing at all is proposed as done, and what is proposed after it is acknowledged", () => {
  const begun = begin(["a", "b", "c"]);
  lead(begun);
  const outcomes: Outcome<number>[] = [];
  begun.driver.propose([], (outcome) => outcomes.push(outcome));
  begun.driver.propose([bytes("one")], (outcome) => outcomes.push(outcome));
  acknowledge(begun, 3);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["applied", "applied"]);
});

test("of a proposal of which a part took effect it is not said that it never happened", () => {
  const begun = begin(["a", "b", "c"]);
  lead(begun);
  const { driver, sync } = begun;
  const outcomes: Outcome<number>[] = [];
  driver.propose([bytes("one"), bytes("two")], (outcome) => outcomes.push(outcome));
  driver.propose([bytes("three")], (outcome) => outcomes.push(outcome));
  sync();
  // `b` had the first of them when it was elected, and nothing after that.
  driver.receive({
    type: "append",
    from: "b",
    to: "a",
    term: 3,
    prevIndex: 3,
    prevTerm: 2,
    entries: [{ index: 4, term: 3, kind: "noop" }],
    commit: 4,
    round: 0,
    floor: 0,
  });
  sync();
  expect(begun.applied.filter(({ kind }) => kind === "data")).toHaveLength(1);
  expect(outcomes).toEqual([{ kind: "unknown" }, { kind: "refused", refusal: "superseded", leader: "b" }]);
});

test("where a snapshot cannot be taken over nothing that follows it is applied", () => {
  const snapshot: Snapshot = {
    index: 5,
    term: 2,
    configuration: founded({ members: [] }).base.configuration,
    bytes: 10,
    digest: "d",
  };
  let fetched: ((isComplete: boolean) => void) | undefined;
  const begun = begin(["a", "b", "c"], {
    restore: () => begun.driver.stop(),
    fetch: (_from, _snapshot, done) => (fetched = done),
  });
  const { driver, sync, applied } = begun;
  const base = { from: "b", to: "a", term: 2, round: 0 } as const;
  driver.receive({ ...base, type: "snapshot", snapshot });
  // The disk is still busy with the term: what follows is written together with the record of the snapshot.
  fetched?.(true);
  driver.receive({
    ...base,
    type: "append",
    prevIndex: 5,
    prevTerm: 2,
    entries: [{ index: 6, term: 2, kind: "data", data: bytes("six") }],
    commit: 6,
    floor: 0,
  });
  sync();
  expect(applied).toEqual([]);
});

test("reads that are given up are forgotten, though nothing is applied meanwhile", () => {
  const begun = begin(["a", "b", "c"]);
  const { driver } = begun;
  driver.receive({
    type: "append",
    from: "b",
    to: "a",
    term: 2,
    prevIndex: 1,
    prevTerm: 1,
    entries: [],
    commit: 1,
    round: 0,
    floor: 0,
  });
  let answered = 0;
  for (let number = 0; number < 100; number += 1) {
    const giveUp = driver.read(() => (answered += 1));
    const asked = sent.findLast((message) => message.type === "read");
    driver.receive({ type: "read-reply", from: "b", to: "a", term: 2, id: asked?.id ?? 0, index: 9 });
    expect(driver.waitingReads).toBe(1);
    giveUp();
    expect(driver.waitingReads).toBe(0);
  }
  expect(answered).toBe(0);
});

test("answers that wait for a disk which hangs do not pile up, and when it answers the node goes on", () => {
  const members = ["a", "b", "c"].map((id) => ({ id, votes: true, address: "" }));
  const written: ((error?: Error) => void)[] = [];
  const sent: Message[] = [];
  const ports: Ports<number> = {
    now_ms: () => 0,
    wakeAt: () => {},
    write: (_writes, done) => written.push(done),
    send: (message) => sent.push(message),
    apply: () => [],
    restore: () => {},
    makeSnapshot: () => {},
    fetch: () => {},
    onEvent: () => {},
  };
  const driver = new Driver({ id: "a", settings, random: () => 0.5, stored: founded({ members }), applied: 0 }, ports, () => {});
  const append = {
    type: "append",
    from: "b",
    to: "a",
    term: 2,
    prevIndex: 1,
    prevTerm: 1,
    commit: 1,
    round: 0,
    floor: 0,
  } as const;
  driver.receive({ ...append, entries: [{ index: 2, term: 2, kind: "noop" }] });
  expect(written).toHaveLength(1);
  for (let number = 0; number < 5000; number += 1) driver.receive({ ...append, entries: [] });
  expect(driver.waitingWrites).toBeLessThanOrEqual(1001);
  expect(sent).toEqual([]);
  written[0]?.();
  expect(driver.waitingWrites).toBe(0);
  sent.length = 0;
  driver.receive({ ...append, prevIndex: 2, prevTerm: 2, entries: [] });
  expect(sent).toMatchObject([{ type: "append-reply", isMatch: true, match: 2 }]);
});
