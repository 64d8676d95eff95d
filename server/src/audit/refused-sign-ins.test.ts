import { PassThrough } from "node:stream";
import { type FactBody, ShardwrightError } from "@shardwright/core";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { randomId } from "../security/random.ts";
import { ManualClock } from "../testing/world.ts";
import { RefusedSignIns } from "./refused-sign-ins.ts";

let clock: ManualClock;
let written: FactBody[];
let logged: string;
let append: (facts: readonly FactBody[]) => Promise<number>;
let refused: RefusedSignIns;

beforeEach(() => {
  clock = new ManualClock();
  written = [];
  logged = "";
  append = async (facts) => written.push(...facts);
  const stream = new PassThrough().on("data", (chunk: Buffer) => (logged += chunk.toString()));
  refused = new RefusedSignIns({
    ledger: { append: (facts) => append(facts) },
    newId: randomId,
    log: pino(stream),
    clock,
  });
});

const about = { route: "POST /api/v1/session", object: "the dashboard, with a token" };
const begun = () => written.flatMap((body) => (body.type === "ActionBegun" ? [`${body.actor.name}: ${body.object}`] : []));

test("who is not let in is written down with why, and told as ever", async () => {
  const error = new ShardwrightError("unauthenticated");
  const entering = refused.watch(
    ["unauthenticated"],
    () => {
      throw error;
    },
    () => about,
  );
  await expect(entering).rejects.toBe(error);
  expect(written).toMatchObject([
    { type: "ActionBegun", name: "session.sign-in", actor: { name: "unknown" }, ...about },
    { type: "ActionEnded", outcome: "refused", code: "unauthenticated" },
  ]);
  // Let in, or kept out by something else: nobody was refused.
  expect(
    await refused.watch(
      ["unauthenticated"],
      () => 7,
      () => about,
    ),
  ).toBe(7);
  await expect(
    refused.watch(
      ["unauthenticated"],
      () => Promise.reject(new ShardwrightError("no-leader")),
      () => about,
    ),
  ).rejects.toMatchObject({ code: "no-leader" });
  expect(begun()).toHaveLength(1);
});

test("of a flood some are written one by one, and the others together, by why", async () => {
  for (let count = 0; count < 1000; count += 1)
    await refused.tell({ ...about, name: `eve-${count}` }, count % 4 === 0 ? "forbidden" : "unauthenticated");
  expect(begun()).toHaveLength(10);
  clock.advance(10 * 60_000);
  await expect.poll(() => written.length).toBe(2 * 12);
  expect(begun().slice(10)).toEqual([
    "unknown: 743 more sign-ins within 10 minutes",
    "unknown: 247 more sign-ins within 10 minutes",
  ]);
  // Then as at the beginning; where nobody comes any more, nothing is written.
  await refused.tell(about, "unauthenticated");
  clock.advance(10 * 60_000);
  expect(begun()).toHaveLength(13);
  expect(clock.pending).toBe(0);
});

test("what cannot be written keeps nobody from being told that they are refused", async () => {
  append = () => Promise.reject(new ShardwrightError("no-leader"));
  await refused.tell(about, "unauthenticated");
  expect(logged).toContain("a refused sign-in is not in the audit log");
});
