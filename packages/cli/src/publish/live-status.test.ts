import { detectProvider, type LiveStatus } from "@shardwright/ci";
import { expect, test } from "vitest";
import { showRun } from "./live-status.ts";
import { openSession } from "./session.ts";

test("what goes wrong after the verdict does not take its place; without one, it is said once", async () => {
  const told: string[] = [];
  const status: LiveStatus = {
    progress: () => {},
    close: () => Promise.resolve(void told.push("closed")),
    abandon: (reason) => Promise.resolve(void told.push(reason)),
  };
  const provider = { ...detectProvider({}), startStatus: () => Promise.resolve(status) };
  const session = openSession({ environment: {}, name: "x", write: () => {}, signal: new AbortController().signal });
  const begun = () => {
    const run = showRun(provider, session);
    run.begin({ run: "r-0000000000000001", disposition: "created", pending: 1 });
    return run;
  };
  const judged = begun();
  await judged.close();
  await judged.abandon("the disk is full");
  expect(told).toEqual(["closed"]);
  const lost = begun();
  await lost.abandon("nobody is left");
  await lost.abandon("nobody is left");
  expect(told).toEqual(["closed", "nobody is left"]);
});
