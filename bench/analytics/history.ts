import type { FactBody } from "@shardwright/core";
import { submissionOf } from "../by-hand.ts";
import { mulberry32 } from "../random.ts";

export interface History {
  readonly runs: number;
  readonly files: number;
  readonly days: number;
  readonly seed: number;
}

const day_ms = 86_400_000;
const flakyShare = 0.02;
const ways = 200;
/** A worker of its own for each run, as CI jobs are, of one of so many classes. */
const classes = 4;

/** What happened in many runs, spread evenly over days: each on a worker that comes and goes with it, with a test now and then that fails once. */
export function* factsOf({ runs, files, days, seed }: History): Generator<{ at_ms: number; bodies: FactBody[] }> {
  const random = mulberry32(seed);
  let fence = 0;
  for (let index = 0; index < runs; index += 1) {
    const begin_ms = Math.floor((index / runs) * days * day_ms);
    const run = `r-${String(index).padStart(16, "0")}`;
    const worker = `w-${String(index).padStart(16, "0")}`;
    const of = { run, worker, files, fence, random };
    yield {
      at_ms: begin_ms,
      bodies: [registered(worker, index), { type: "RunSubmitted", run, submission: submissionOf(run, files) }],
    };
    const bodies = Array.from({ length: files }, (_, task) => attemptsOf(of, task)).flat();
    fence += 2 * files;
    bodies.push({ type: "RunEnded", run, verdict: "passed", reason: "all passed" }, { type: "TrendsTaken", run });
    bodies.push({ type: "WorkerGone", worker, status: "left", reason: "its run is over" });
    yield { at_ms: Math.min(begin_ms + 600_000, days * day_ms - 1), bodies };
  }
}

interface Playing {
  readonly run: string;
  readonly worker: string;
  readonly files: number;
  readonly fence: number;
  readonly random: () => number;
}

function attemptsOf({ run, worker, fence, random }: Playing, task: number): FactBody[] {
  const duration_ms = 1000 + task * 100 + random() * 500;
  const path = ["works"];
  const isFlaky = random() < flakyShare;
  const way = Math.floor(random() * ways);
  const begin = (attempt: number): FactBody => ({
    type: "TasksLeased",
    run,
    worker,
    fence: fence + 2 * task + attempt,
    tasks: [{ task, attempt }],
  });
  const failure = {
    kind: "assertion" as const,
    message: `expected the answer ${"abcdefghij"[way % 10]}${String.fromCodePoint(97 + Math.floor(way / 10))}`,
  };
  const failed: FactBody[] = isFlaky
    ? [
        begin(1),
        {
          type: "CasesFinished",
          run,
          task,
          attempt: 1,
          first: 0,
          cases: [{ path, ordinal: 0, status: "failed", duration_ms: 100, retries: 0, message: failure.message }],
        },
        { type: "AttemptFinished", run, task, attempt: 1, outcome: "failed", task_status: "pending", duration_ms: 200, failure },
      ]
    : [];
  const attempt = isFlaky ? 2 : 1;
  return [
    ...failed,
    begin(attempt),
    {
      type: "CasesFinished",
      run,
      task,
      attempt,
      first: 0,
      cases: [{ path, ordinal: 0, status: "passed", duration_ms: duration_ms * 0.8, retries: 0 }],
    },
    { type: "AttemptFinished", run, task, attempt, outcome: "passed", task_status: "passed", duration_ms },
  ];
}

function registered(worker: string, index: number): FactBody {
  const capabilities = {
    os: "linux" as const,
    arch: "x64" as const,
    cpu: 2 + (index % classes),
    memory_mib: 4096,
    tags: index % classes === 0 ? ["gpu"] : [],
    details: {},
  };
  const name = `job-${index}`;
  return {
    type: "WorkerRegistered",
    worker: { id: worker, name, instance: `instance-${index}`, slots: 2, capabilities, version: "1" },
  };
}
