import type { Lease, WorkerEvent } from "@shardwright/core";
import type { Client } from "../../packages/client/src/index.ts";
import { eventLimit, register, slotLimit, submissionOf } from "../by-hand.ts";

/** What a project holds that its pages are asked for. */
export interface Seeded {
  readonly project: string;
  /** A run of so many tasks that all failed, in ways that are alike and unlike. */
  readonly failing: string;
  /** A run of so many cases that passed, and one before it on the same branch. */
  readonly wide: string;
  readonly key: string;
}

export interface Sizes {
  readonly failing: number;
  readonly cases: number;
  readonly runs: number;
}

const casesOfFile = 50;
const waysOfFailing = 40;
const branches = 20;
/** Runs of one file that are played together. */
const together = 200;

/** Plays what the pages are asked for, as workers would. */
export async function seed(client: Client, { failing, cases, runs }: Sizes): Promise<Seeded> {
  const { worker } = await register(client, "one");
  for (let from = 0; from < runs; from += together) await playSmall(client, worker, from, Math.min(runs, from + together));
  const files = Math.max(1, Math.round(cases / casesOfFile));
  await play(client, worker, "wide-before", files, passed);
  const wide = await play(client, worker, "wide", files, passed);
  return { project: "default", wide, failing: await play(client, worker, "failing", failing, failed), key: "unit:f0.test.js" };
}

async function playSmall(client: Client, worker: string, from: number, until: number): Promise<void> {
  const submissions = Array.from({ length: until - from }, (_, place) => {
    const index = from + place;
    const context = {
      branch: `branch-${index % branches}`,
      commit: index.toString(16).padStart(40, "0"),
      actor: `author-${index % 7}`,
    };
    return client.submitRun({ ...submissionOf(`small-${index}`, 1, { speculation: false }), context });
  });
  await Promise.all(submissions);
  await deal(client, worker, until - from, passed);
}

type Ending = (task: number) => Pick<Extract<WorkerEvent, { type: "finished" }>, "outcome" | "failure" | "last">;

const passed: Ending = () => ({
  outcome: "passed",
  last: Array.from({ length: casesOfFile }, (_, index) => ({
    path: ["group", `does what it should, case ${index}`],
    ordinal: 0,
    status: "passed",
    duration_ms: 1,
    retries: 0,
  })),
});

const failed: Ending = (task) => {
  const way = `expected ${String.fromCodePoint(97 + (task % waysOfFailing))}${"x".repeat(task % waysOfFailing)} to be there`;
  const details = `AssertionError: ${way}\n    at store (src/store-${task % waysOfFailing}.ts:41:7)\n    at test (f${task}.test.js:3:1)`;
  return {
    outcome: "failed",
    failure: { kind: "assertion", message: way },
    last: [{ path: ["fails"], ordinal: 0, status: "failed", duration_ms: 1, retries: 0, message: way, details }],
  };
};

/** @returns the run, when it has ended */
async function play(client: Client, worker: string, key: string, tasks: number, ending: Ending): Promise<string> {
  const submission = submissionOf(key, tasks, { speculation: false });
  const { run } = await client.submitRun({
    ...submission,
    options: { ...submission.options, max_retries: 0 },
    context: { branch: "main" },
  });
  await deal(client, worker, tasks, ending);
  return run;
}

async function deal(client: Client, worker: string, tasks: number, ending: Ending): Promise<void> {
  for (let done = 0; done < tasks;) {
    const { leases } = await client.lease(worker, { slots: slotLimit, wait_ms: 1000 });
    const events = leases.flatMap((lease) => eventsOf(lease, ending));
    for (let from = 0; from < events.length; from += eventLimit)
      await client.sendResults(worker, { events: events.slice(from, from + eventLimit) });
    done += events.length;
  }
}

function eventsOf({ run, fence, tasks }: Lease, ending: Ending): WorkerEvent[] {
  return tasks.map(({ task, attempt }) => {
    const end = ending(task);
    return { type: "finished", run, fence, task, attempt, duration_ms: 50, cases: end.last?.length ?? 0, ...end };
  });
}
