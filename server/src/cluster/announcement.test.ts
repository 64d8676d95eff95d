import { type JoinRequest, ShardwrightError } from "@shardwright/core";
import type { Configuration } from "@shardwright/raft";
import { expect, test } from "vitest";
import type { RaftLedger } from "../ledger/raft-ledger.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { ManualClock } from "../testing/world.ts";
import { Announcement } from "./announcement.ts";

const own = "http://own:1";
const known = ["http://a:1", own, "http://b:1"];

/** `c` wants to be taken in by the others, who answer so. */
function begin(answer: (origin: string) => string | ShardwrightError | undefined) {
  const clock = new ManualClock();
  const lines: string[] = [];
  const asked: (JoinRequest & { origin: string; isMember: boolean })[] = [];
  const refused: ShardwrightError[] = [];
  const configuration: { members: Configuration["members"] } = { members: [] };
  const consensus = { commit: 1, log: { configurationAt: () => configuration } };
  const announcement = new Announcement({
    ledger: { consensus, identity: { cluster: "x", node: "c" }, role: "follower" } as unknown as RaftLedger,
    clock,
    log: recordedLog(lines),
    others: {
      askIn: async (origin, request, isMember) => {
        asked.push({ ...request, origin, isMember });
        return answer(origin);
      },
    },
    isWitness: false,
    known: () => known,
    hasLeft: () => false,
    admit: () => Promise.reject(new Error("it does not lead")),
    onRefused: (error) => refused.push(error),
  });
  announcement.begin(own);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { announcement, clock, lines, asked, refused, configuration, turn };
}

test("the others are asked one after the other until one takes it in, and again until it is known", async () => {
  const { clock, lines, asked, configuration, turn } = begin((origin) =>
    origin === "http://a:1" ? "it has no leader" : undefined,
  );
  await turn();
  expect(asked.map(({ origin, id, isMember }) => [origin, id, isMember])).toEqual([
    ["http://a:1", "c", false],
    ["http://b:1", "c", false],
  ]);
  expect(lines).toEqual([]);
  configuration.members = [{ id: "c", votes: false, address: own }];
  clock.advance(1000);
  await turn();
  expect(asked).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test("that nobody takes it in is told, and tried again until it is closed", async () => {
  const { announcement, clock, lines, asked, turn } = begin(() => "it has no leader");
  await turn();
  expect(lines).toHaveLength(1);
  clock.advance(1000);
  await turn();
  expect([asked.length, lines.length]).toEqual([4, 2]);
  announcement.close();
  expect(clock.pending).toBe(0);
});

test("a cluster that will never take it in is asked once", async () => {
  const { clock, asked, refused, turn } = begin(() => new ShardwrightError("version-too-old", { known: 1, agreed: 2 }));
  await turn();
  expect(refused.map(({ code }) => code)).toEqual(["version-too-old"]);
  expect([asked.length, clock.pending]).toEqual([1, 0]);
});
