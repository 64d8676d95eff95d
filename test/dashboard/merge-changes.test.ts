import type { RunList, RunSummary } from "@shardwright/core";
import { expect, test } from "vitest";
import { type RunFilter, mergeChanges } from "../../server/dashboard/src/pages/runs/merge-changes.ts";

const runOf = (id: string, at: number, more: Partial<RunSummary> = {}): RunSummary => ({
  id: `r-${id}`,
  project: "shop",
  run_key: id,
  status: "running",
  context: { branch: "main" },
  account: { discovered: 1, passed: 0, failed: 0, errored: 0, skipped: 0, cancelled: 0, flaky: 0, incomplete: 1 },
  cases: 0,
  submitted_at_ms: at,
  ...more,
});
const list: RunList = { runs: [runOf("c", 30), runOf("b", 20)], next: "20.r-b", position: 100 };

function merged(changes: readonly RunSummary[], filter: RunFilter = {}, position = 101, of = list): string[] {
  const changed = new Map(changes.map((run) => [run.id, { type: "run", run, position } as const]));
  return mergeChanges(of, changed, filter).map(({ run_key, verdict = "running" }) => `${run_key} ${verdict}`);
}

test("a list has what changed as it is now, and what is new where it belongs", () => {
  expect(merged([])).toEqual(["c running", "b running"]);
  expect(merged([runOf("b", 20, { verdict: "passed" }), runOf("d", 40)])).toEqual(["d running", "c running", "b passed"]);
  // What the list knows of already is older than it.
  expect(merged([runOf("b", 20, { verdict: "passed" })], {}, 100)).toEqual(["c running", "b running"]);
});

test("what is no longer meant goes, and what never was does not come", () => {
  expect(merged([runOf("c", 30, { verdict: "failed" })], { verdict: "running" })).toEqual(["b running"]);
  for (const filter of [{ branch: "fix" }, { project: "site" }, { author: "ada" }, { provider: "github" }])
    expect(merged([runOf("d", 40)], filter), JSON.stringify(filter)).toEqual(["c running", "b running"]);
  expect(merged([runOf("d", 40, { context: { branch: "main", actor: "ada" } })], { author: "ada" })).toContain("d running");
});

test("what is on an older page stays there", () => {
  expect(merged([runOf("a", 10, { verdict: "passed" })])).toEqual(["c running", "b running"]);
  const { next: _next, ...whole } = list;
  expect(merged([runOf("a", 10)], {}, 101, whole)).toEqual(["c running", "b running", "a running"]);
});
