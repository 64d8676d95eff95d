import { expect, test } from "vitest";
import { failureSchema } from "./attempt.ts";
import type { FactBody } from "./fact.ts";
import { factVersions, knownFacts, writableFacts } from "./fact-versions.ts";
import { submissionSchema } from "./run.ts";

const run = "r-0123456789abcdef";
const joined = { type: "RunJoined", run, job: 1 } satisfies FactBody;
const cancelled = { type: "RunCancelled", run, reason: "late" } satisfies FactBody;

const finished = {
  type: "AttemptFinished",
  run,
  task: 0,
  attempt: 1,
  outcome: "failed",
  task_status: "pending",
  duration_ms: 5,
} satisfies FactBody;

const next = knownFacts({ ...factVersions.kinds, RunJoined: 8 }, [
  {
    kind: "RunCancelled",
    version: 7,
    what: "The reason of RunCancelled",
    isIn: (body) => "reason" in body && body.reason !== "",
    without: (body) => ({ ...body, reason: "" }) as FactBody,
  },
  { kind: "RunEnded", version: 9, what: "The end without a reason", isIn: (body) => "reason" in body && body.reason === "" },
]);

test("a fact is written in the form that the cluster's version has, and waits where it has none", () => {
  expect(next.version).toBe(9);
  expect(writableFacts([joined, cancelled], 9, next)).toEqual([joined, cancelled]);
  expect(writableFacts([cancelled], 7, next)).toEqual([cancelled]);
  expect(writableFacts([cancelled], 6, next)).toEqual([{ ...cancelled, reason: "" }]);
  expect(() => writableFacts([cancelled, joined], 7, next)).toThrow(
    "RunJoined came with version 8 of the facts, and the cluster still writes version 7.",
  );
  const ended = { type: "RunEnded", run, verdict: "passed", reason: "done" } satisfies FactBody;
  expect(writableFacts([ended], 8, next)).toEqual([ended]);
  expect(() => writableFacts([{ ...ended, reason: "" }], 8, next)).toThrow("The end without a reason came with version 9");
});

test("a kind that a program does not know is not written by it, whatever the cluster's version", () => {
  const { RunJoined: _, ...kinds } = factVersions.kinds;
  expect(() => writableFacts([joined], 9, knownFacts(kinds))).toThrow("RunJoined");
});

test("what the scheduler writes in each turn never has to wait: it is left out, or written as before", () => {
  const breaker = { phase: "open" as const, evidence: ["a"], opens: 1, since_ms: 5 };
  const changed = { type: "BreakerChanged", scope: "worker", name: "one", breaker } satisfies FactBody;
  const recovery = { action: "again", level: 1, charged: "test" } as const;
  const bodies: FactBody[] = [changed, { ...finished, recovery }, cancelled];
  expect(writableFacts(bodies, 1, factVersions)).toEqual([finished, cancelled]);
  expect(writableFacts(bodies, 2, factVersions)).toEqual(bodies);
  expect(writableFacts(bodies, factVersions.version, factVersions)).toBe(bodies);
  const judged = { type: "RunJudged", run, verdict: "failed", reason: "too low" } satisfies FactBody;
  expect(writableFacts([judged, cancelled], 4, factVersions)).toEqual([cancelled]);
  const late: FactBody[] = [{ ...finished, waited_ms: 5000 }];
  expect(writableFacts(late, 3, factVersions)).toEqual([finished]);
  expect(writableFacts(late, 4, factVersions)).toEqual(late);
});

test("what failures say beyond what they said at first is not said to members that could not read it", () => {
  const failure = { kind: "assertion", message: "no" } as const;
  const later = Object.keys(failureSchema.shape).filter((name) => !["kind", "message", "exit_code", "signal"].includes(name));
  expect(later).toContain("conclusive");
  for (const name of later) {
    const told: FactBody = { ...finished, failure: failureSchema.parse({ ...failure, [name]: true }) };
    expect(writableFacts([told], 3, factVersions), name).toEqual([{ ...finished, failure }]);
    expect(writableFacts([told], factVersions.version, factVersions)).toEqual([told]);
  }
});

test("a policy or strategy of a plugin is left out for members that know of none, and a notice of a plugin is told as another", () => {
  const submission = submissionSchema.parse({
    run_key: "k",
    workspace: { kind: "dir", path: "/work" },
    suites: [],
    tasks: [],
    manifest_hash: "0".repeat(64),
    options: { dealing: "mine", recovery: "bold" },
  });
  const reopened = { type: "RunReopened", run, tasks: [0], reason: "", options: submission.options } satisfies FactBody;
  const noticed = { type: "RunNoticed", run, code: "plugin", message: "it failed" } satisfies FactBody;
  const bodies: FactBody[] = [{ type: "RunSubmitted", run, submission }, reopened, noticed];
  expect(writableFacts(bodies, 4, factVersions)).toEqual(bodies);
  const { dealing: _, ...usual } = { ...submission.options, recovery: "progressive" };
  expect(writableFacts(bodies, 3, factVersions)).toEqual([
    { type: "RunSubmitted", run, submission: { ...submission, options: usual } },
    { ...reopened, options: usual },
    { ...noticed, code: "quarantined" },
  ]);
});
