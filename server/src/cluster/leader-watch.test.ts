import { expect, test } from "vitest";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { ManualClock } from "../testing/world.ts";
import { LeaderWatch } from "./leader-watch.ts";

test("that nobody has led for too long is said once, and once that somebody does again", () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const consensus: { leader: string | undefined } = { leader: "b" };
  let looks = 0;
  const ledger = { consensus } as Pick<RaftLedger, "consensus">;
  const watch = new LeaderWatch({ ledger, clock, log: recordedLog(lines), alarm_ms: 1000, look: () => (looks += 1) });
  watch.begin();
  clock.advance(5000);
  expect([lines, looks]).toEqual([[], 21]);
  consensus.leader = undefined;
  clock.advance(1000);
  expect(lines).toEqual([]);
  clock.advance(5000);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("has no leader");
  consensus.leader = "c";
  clock.advance(5000);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain("has a leader again");
  watch.close();
  expect(clock.pending).toBe(0);
});
