import { expect, test } from "vitest";
import { memberLines } from "./member-lines.ts";
import { describeCluster, describeVoters } from "./cluster.ts";
import { describeReadiness } from "./update-ready.ts";

test("a cluster is described so that its leader, laggards and margin are seen", () => {
  const text = describeCluster({
    cluster: "default.0123abcd",
    id: "a.00000001",
    version: "1",
    role: "leader",
    term: 3,
    leader: { id: "a.00000001", address: "http://127.0.0.1:1" },
    first: 1,
    last: 120,
    commit: 120,
    applied: 120,
    position: 400,
    is_witness: false,
    members: [
      { id: "a.00000001", address: "http://127.0.0.1:1", role: "voter", match: 120, version: "1", facts: 3 },
      { id: "b.00000002", address: "http://127.0.0.1:2", role: "voter", match: 100, last_contact_ms: 1530, facts: 1 },
      { id: "c.00000003", address: "http://127.0.0.1:3", role: "learner", match: 0, version: "2" },
      { id: "d.00000004", address: "http://127.0.0.1:4", role: "voter", last_contact_ms: 9000 },
    ],
    tolerates: 0,
    elections: 1,
    recent_elections: [
      { at: "2026-01-02T03:04:05.000Z", term: 2, outcome: "lost", reason: "silence", without_leader_ms: 3100 },
      {
        at: "2026-01-02T03:04:06.000Z",
        term: 3,
        outcome: "won",
        leader: "a.00000001",
        reason: "process-gone",
        without_leader_ms: 230,
      },
    ],
    disk: {
      free_bytes: 50 * 1024 ** 3,
      size_bytes: 100 * 1024 ** 3,
      ledger_bytes: 1024 ** 2,
      tables_bytes: 2 * 1024 ** 2,
      snapshots_bytes: 0,
      blobs_bytes: 0,
      stalled_ms: 6040,
    },
    repairs: [{ at: "2026-01-02T03:00:00.000Z", kind: "entries-lost", what: "entries 4 to 9 do not match" }],
    lost_up_to: 9,
    receiving: { bytes: 1024 ** 2, of_bytes: 3 * 1024 ** 2 },
    sending: 0,
    facts: 1,
    known_facts: 3,
  });
  expect(text.split("\n")).toEqual([
    "Cluster default.0123abcd, term 3, led by a.00000001; 3 vote: 0 voters may be lost.",
    "* a.00000001  voter    http://127.0.0.1:1  0 behind  version 1  facts 3",
    "  b.00000002  voter    http://127.0.0.1:2  20 behind  heard 1.5 s ago  facts 1",
    "  c.00000003  learner  http://127.0.0.1:3  120 behind  version 2",
    "  d.00000004  voter    http://127.0.0.1:4  not heard yet  heard 9.0 s ago",
    "2026-01-02T03:04:05.000Z  term 2 was not won here; the leader was silent, 3.1 s without a leader",
    "2026-01-02T03:04:06.000Z  term 3: a.00000001 leads; the leader's process was gone, 0.2 s without a leader",
    "2026-01-02T03:00:00.000Z  repaired: entries 4 to 9 do not match",
    "Its disk lost entries up to 9: it takes no part in elections until it has them again.",
    "A copy of the tables is being fetched: 1.0 of 3.0 MiB.",
    "Told by a.00000001 (leader), version 1, entry 120; facts 1 are agreed on. Its disk: 3.0 MiB used, 51200 of 102400 MiB free. It has not answered for 6.0 s.",
  ]);
});

test("whether a coordinator may be stopped is said first, with what stands against it", () => {
  const members = [{ id: "a.00000001", address: "http://127.0.0.1:1", role: "voter" as const, match: 7, version: "2", facts: 3 }];
  const answer = { ready: false, reasons: ["one votes", "b is not heard"], leader: "a.00000001", commit: 7, facts: 2, members };
  expect(describeReadiness(answer).split("\n")).toEqual([
    "Not ready: one votes; b is not heard.",
    "* a.00000001  voter    http://127.0.0.1:1  0 behind  version 2  facts 3",
    "The cluster writes facts 2 until all its members know newer ones.",
  ]);
  expect(describeReadiness({ ...answer, ready: true, reasons: [], facts: 3 }).split("\n")).toEqual([
    "Ready: one coordinator may be stopped now.",
    "* a.00000001  voter    http://127.0.0.1:1  0 behind  version 2  facts 3",
    "The cluster writes facts 3.",
  ]);
});

test.each([
  ["voter", "1 coordinator votes: none may be lost."],
  ["voter learner", "1 coordinator votes: none may be lost. 1 more stands by."],
  ["voter voter", "2 coordinators vote: none may be lost."],
  ["voter voter witness", "3 coordinators vote, 1 of them a witness: 1 may be lost."],
  ["voter voter voter learner", "3 coordinators vote: 1 may be lost. 1 more stands by."],
  ["voter voter voter witness witness", "5 coordinators vote, 2 of them witnesses: 2 may be lost."],
])("%s: %s", (roles, text) => {
  const members = roles.split(" ").map((role) => ({ role: role as "voter" | "learner" | "witness" }));
  expect(describeVoters(members)).toBe(text);
});

test("how well a member is, and its disk, stand at the end of its line, with what costs it points", () => {
  const health = {
    score: 52,
    terms: [
      { name: "disk" as const, cost: 13, most: 35 },
      { name: "loop" as const, cost: 35, most: 35 },
      { name: "lag" as const, cost: 0, most: 25 },
    ],
  };
  const member = { id: "a.00000001", address: "http://127.0.0.1:1", role: "voter" as const, match: 7 };
  const teller = { id: "a.00000001", isLeader: true, commit: 7, leader: "a.00000001" };
  const disk = { free_bytes: 3 * 1024 ** 3, size_bytes: 8 * 1024 ** 3 };
  expect(memberLines([{ ...member, health, disk }], teller)).toEqual([
    "* a.00000001  voter    http://127.0.0.1:1  0 behind  health 52 (loop −35, disk −13)  disk 3.0 of 8.0 GiB free",
  ]);
  expect(memberLines([{ ...member, health: { score: 100, terms: [] } }], teller)[0]).toMatch(/ {2}health 100$/);
});
