import { expect, test } from "vitest";
import { failoverTimings } from "./failover-timings.ts";

const base = { failoverProfile: "default", failoverTimeout: 10 } as const;

test("a profile gives three timings that go together, and each can be given in its place", () => {
  expect(failoverTimings(base)).toEqual({ heartbeat_ms: 250, electionMin_ms: 2500, electionMax_ms: 5000 });
  expect(failoverTimings({ ...base, electionTimeoutMax: 8 })).toMatchObject({ electionMin_ms: 2500, electionMax_ms: 8000 });
  expect(failoverTimings({ ...base, failoverProfile: "relaxed", failoverTimeout: 20 })).toMatchObject({ heartbeat_ms: 5000 });
});

test.each([
  [{ heartbeatInterval: 2 }, "one late heartbeat"],
  [{ electionTimeoutMin: 0.3 }, "one late heartbeat"],
  [{ electionTimeoutMax: 2.6 }, "stand for election at once"],
  [{ failoverTimeout: 4 }, "raise an alarm"],
  [{ failoverProfile: "relaxed" as const }, "raise an alarm"],
])("%j is refused with its reason", (given, reason) => {
  expect(() => failoverTimings({ ...base, ...given })).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(reason) as string }),
  );
});
