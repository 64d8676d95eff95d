import { expect, test } from "vitest";
import { describeCluster } from "./cluster.ts";

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
    members: [
      { id: "a.00000001", address: "http://127.0.0.1:1", role: "voter", match: 120 },
      { id: "b.00000002", address: "http://127.0.0.1:2", role: "voter", match: 100, last_contact_ms: 1530 },
      { id: "c.00000003", address: "http://127.0.0.1:3", role: "learner", match: 0 },
    ],
    tolerates: 0,
    elections: 1,
  });
  expect(text.split("\n")).toEqual([
    "Cluster default.0123abcd, term 3, led by a.00000001; 2 vote: 0 voters may be lost.",
    "* a.00000001  voter    http://127.0.0.1:1  0 behind",
    "  b.00000002  voter    http://127.0.0.1:2  20 behind  heard 1.5 s ago",
    "  c.00000003  learner  http://127.0.0.1:3  120 behind",
    "Told by a.00000001 (leader), entry 120.",
  ]);
});
