import type { Fact, FactBody } from "@shardwright/core";
import { type HookName, Plugins } from "@shardwright/plugin";
import { expect, test, vi } from "vitest";
import { submissionOf } from "../testing/world.ts";
import { FactHooks } from "./fact-hooks.ts";

const run = "r-0123456789abcdef";
const worker = "w-0123456789abcdef";
const finished = {
  type: "AttemptFinished",
  run,
  task: 1,
  attempt: 2,
  outcome: "failed",
  task_status: "pending",
  duration_ms: 5,
  recovery: { action: "elsewhere", level: 2, charged: "test" },
} satisfies FactBody;
const leased = { type: "TasksLeased", run, worker, fence: 1, tasks: [{ task: 0, attempt: 1 }] } satisfies FactBody;
const ended = { type: "RunEnded", run, verdict: "passed", reason: "" } satisfies FactBody;

const allHooks = ["tasksLeased", "attemptFinished", "recovery", "runEnded", "workerLost", "workerLeft"] as const;

async function told(
  bodies: readonly FactBody[],
  filesOf: (run: string) => readonly string[] | undefined,
  { wanted = allHooks, isHistory = () => true }: { wanted?: readonly HookName[]; isHistory?: () => boolean } = {},
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const plugins = new Plugins({ version: "0.1.0", root: "/" });
  await plugins.add({
    name: "p",
    version: "1.0.0",
    setup(api) {
      for (const hook of wanted) api.on(hook, (event) => void seen.push({ hook, ...event }));
    },
  });
  const hooks = new FactHooks(plugins, filesOf, isHistory);
  bodies.forEach((body, index) => hooks.tell({ position: index + 1, at_ms: 7, body } satisfies Fact));
  await plugins.close();
  return seen;
}

test("attempts are told by their file, also the last one, when the scheduler knows the run no more", async () => {
  const submitted = { type: "RunSubmitted", run, submission: submissionOf(["a.test.js", "b.test.js"]) } satisfies FactBody;
  expect(await told([submitted, leased, finished, ended], () => undefined)).toEqual([
    { hook: "tasksLeased", run, at_ms: 7, worker, tasks: [{ task: 0, attempt: 1, file: "a.test.js" }] },
    expect.objectContaining({ hook: "attemptFinished", task: 1, attempt: 2, file: "b.test.js", outcome: "failed" }),
    { hook: "recovery", run, at_ms: 7, task: 1, attempt: 2, file: "b.test.js", action: "elsewhere", level: 2, charged: "test" },
    { hook: "runEnded", run, at_ms: 7, verdict: "passed", reason: "" },
  ]);
});

test("who wants to know of attempts alone is told their files, too", async () => {
  const submitted = { type: "RunSubmitted", run, submission: submissionOf(["a.test.js", "b.test.js"]) } satisfies FactBody;
  expect(await told([submitted, finished], () => undefined, { wanted: ["attemptFinished"] })).toMatchObject([
    { hook: "attemptFinished", file: "b.test.js" },
  ]);
});

test("each kind of fact about a run that is told reaches who wants to know of it alone", async () => {
  const submitted = { type: "RunSubmitted", run, submission: submissionOf(["a.test.js"]) } satisfies FactBody;
  const reopened = { type: "RunReopened", run, tasks: [0], reason: "again" } satisfies FactBody;
  const noticed = { type: "RunNoticed", run, code: "retry-budget", message: "y" } satisfies FactBody;
  const judged = { type: "RunJudged", run, verdict: "failed", reason: "too low" } satisfies FactBody;
  const ofRuns = ["runSubmitted", "runReopened", "runNoticed", "runEnded", "runJudged"] as const;
  for (const hook of [...ofRuns, "tasksLeased", "attemptFinished", "recovery"] as const)
    expect(
      await told([submitted, reopened, leased, finished, noticed, ended, judged], () => undefined, { wanted: [hook] }),
    ).toMatchObject([{ hook, run }]);
});

test("nobody has to look whether a run is history for what nobody wants to know", async () => {
  const isHistory = vi.fn(() => false);
  expect(await told([leased, finished, ended], () => undefined, { wanted: ["workerLost"], isHistory })).toEqual([]);
  expect(isHistory).not.toHaveBeenCalled();
  expect(await told([leased, finished, ended], () => undefined, { wanted: ["attemptFinished"], isHistory })).toEqual([]);
  expect(isHistory).toHaveBeenCalledTimes(1);
});

test("a leader that has taken a run over learns its files from the scheduler, and forgets them with the run", async () => {
  const known = new Map([[run, ["a.test.js", "b.test.js"]]]);
  const filesOf = (id: string) => {
    const files = known.get(id);
    known.delete(id);
    return files;
  };
  const events = await told([leased, finished, ended, finished], filesOf);
  expect(events.map((event) => (event as { file?: string }).file)).toEqual([
    undefined,
    "b.test.js",
    "b.test.js",
    undefined,
    undefined,
    undefined,
  ]);
});

test("a worker that is lost is told apart from one that has left", async () => {
  const gone = { type: "WorkerGone", worker, reason: "silent" } as const;
  expect(
    await told(
      [
        { ...gone, status: "lost" },
        { ...gone, status: "left" },
      ],
      () => undefined,
    ),
  ).toEqual([
    { hook: "workerLost", worker, at_ms: 7, reason: "silent" },
    { hook: "workerLeft", worker, at_ms: 7, reason: "silent" },
  ]);
});
