import { expect, test } from "vitest";
import { Driver, type Ports } from "./driver.ts";
import { founded } from "./state.ts";
import type { Message } from "./types.ts";

const settings = {
  heartbeat_ms: 250,
  electionMin_ms: 2500,
  electionMax_ms: 5000,
  messageLimit_bytes: 1000,
  inFlightLimit: 8,
  uncommittedLimit_bytes: 10_000,
};

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
