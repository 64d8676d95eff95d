import { expect, test } from "vitest";
import type { QuarantineEntry } from "../model/quarantine.ts";
import { writeJunit } from "../junit/write-junit.ts";
import { faultsOf } from "./faults.ts";
import { countCases } from "./final-cases.ts";
import { reportFromCases } from "./from-cases.ts";
import { writeHtml } from "./html/write-html.ts";
import { writeMarkdown } from "./markdown.ts";
import { mergeReports } from "./merge.ts";
import { markQuarantined, quarantineOf } from "./quarantine.ts";
import { withRepetitions } from "./repetitions.ts";
import { type ReportCase, type RunReport, runReportSchema } from "./run-report.ts";

const aCase = (name: string, status: ReportCase["status"] = "passed", message?: string): ReportCase => ({
  path: ["cart", name],
  ordinal: 0,
  status,
  duration_ms: 5,
  retries: 0,
  ...(message !== undefined && { message, details: `${message}\n    at cart.ts:3:1` }),
});

const by = (name: string, more: object = {}): QuarantineEntry => ({
  test: name,
  owner: "ada <ada@example.com>",
  reason: "see #12 & others",
  expires_at_ms: Date.UTC(2026, 11, 24),
  origin: "hand",
  ...more,
});

/** A run of two files; of the first a case fails in quarantine, and what else is said. */
function reportOf(entries: readonly QuarantineEntry[], others: readonly ReportCase[] = []): RunReport {
  const cases = [aCase("adds"), aCase("rounds", "failed", "1 is not 2 <b>"), ...others];
  const all = new Map([
    ["0/1", cases],
    ["1/1", [aCase("works")]],
  ]);
  const files = ["cart.test.ts", "other.test.ts"];
  const [marked = [], other = []] = markQuarantined(
    all,
    files.map((file, task) => ({ task, file })),
    entries,
  ).values();
  const report = reportFromCases({
    name: "run",
    files: [
      { file: "cart.test.ts", cases: marked },
      { file: "other.test.ts", cases: other },
    ],
  });
  const isExcused = marked.every(({ status, quarantined }) => status === "passed" || quarantined !== undefined);
  const tasks = report.tasks.map((task, index) => (index === 0 && isExcused ? { ...task, quarantined: true as const } : task));
  return runReportSchema.parse({ ...report, tasks, cases: countCases(tasks), quarantine: quarantineOf(tasks, entries) });
}

const junit = (report: RunReport) => [...writeJunit(report)].join("");

test("a case that failed in quarantine is no fault, and all formats name it with its owner, its end and its reason", () => {
  const report = reportOf([by("cart.test.ts > cart > rounds")]);
  expect(faultsOf(report)).toEqual([]);
  expect(report.cases).toEqual({ total: 3, passed: 2, failed: 0, errored: 0, skipped: 0, flaky: 0, quarantined: 1 });
  expect(report.quarantine).toMatchObject([{ state: "failed" }]);
  const words = "in quarantine (ada &lt;ada@example.com&gt;, until 2026-12-24): see #12 &amp; others";
  expect(junit(report)).toContain(
    `<skipped message="${words}. It failed: 1 is not 2 &lt;b&gt;"/><system-out>1 is not 2 &lt;b&gt;\n    at cart.ts:3:1</system-out>`,
  );
  expect(junit(report)).toContain('tests="3" failures="0" errors="0"');
  expect(writeHtml(report)).toContain(`<span class="cause-known">${words}</span>`);
  expect(writeHtml(report)).toContain('data-open="t0c1">cart &gt; rounds</a> <code>cart.test.ts</code>');
  expect(writeMarkdown(report)).toContain("| <code>cart &#62; rounds</code> | <code>cart.test.ts</code> |");
});

test("beside a case that failed without, that one is the fault", () => {
  const report = reportOf([by("cart.test.ts > cart > rounds")], [aCase("news", "failed", "boom")]);
  expect(faultsOf(report).map(({ name }) => name)).toEqual(["cart > news"]);
  expect(report.cases).toMatchObject({ failed: 1, quarantined: 1 });
  expect(junit(report).match(/<failure /g)).toHaveLength(1);
});

test("an entry tells what came of its tests; one for nothing is missing, one that is over has expired", () => {
  const states = (...entries: QuarantineEntry[]) => reportOf(entries).quarantine?.map(({ test: name, state }) => [name, state]);
  expect(
    states(by("cart.test.ts"), by("other.test.ts > cart > works"), by("gone.test.ts"), by("old.test.ts", { expired: true })),
  ).toEqual([
    ["cart.test.ts", "failed"],
    ["other.test.ts > cart > works", "passed"],
    ["gone.test.ts", "missing"],
    ["old.test.ts", "expired"],
  ]);
  // Of two for one test, that counts which stands.
  expect(states(by("cart.test.ts", { expired: true }), by("cart.test.ts"))).toEqual([["cart.test.ts", "failed"]]);
  expect(junit(reportOf([by("gone.test.ts")]))).toContain('<skipped message="In quarantine, but not in this run: gone.test.ts');
  expect(writeMarkdown(reportOf([by("gone.test.ts")]))).toContain("not in this run&#58; gone.test.ts");
});

test("a rule has no owner and no end", () => {
  const report = reportOf([{ origin: "rule", test: "cart.test.ts > cart > rounds", reason: "it flipped in 5 of 9 runs" }]);
  expect(junit(report)).toContain("in quarantine (by rule, for this run): it flipped in 5 of 9 runs");
});

test("of shards, what is missing in one may have run in another", () => {
  const entries = [by("cart.test.ts")];
  const one = reportOf(entries);
  const missing = one.quarantine?.map((entry) => ({ ...entry, state: "missing" as const })) ?? [];
  const merged = mergeReports([
    { ...one, tasks: one.tasks.slice(1), quarantine: missing, account: { ...one.account, discovered: 1, failed: 0 } },
    one,
  ]);
  expect(merged.quarantine).toMatchObject([{ test: "cart.test.ts", state: "failed" }]);
});

test("a case of which repetitions failed has failed, whatever its ordinary run says", () => {
  const [task] = reportFromCases({ name: "run", files: [{ file: "new.test.ts", cases: [aCase("old"), aCase("new")] }] }).tasks;
  if (task === undefined) throw new Error("no task");
  const tries = ["passed", "failed", "passed", "failed"] as const;
  const repetitions = tries.map((status, index) => ({
    status,
    attempt: {
      attempt: 1,
      worker: "w",
      status,
      started_ms: index,
      duration_ms: 1,
      cases: [aCase("new", status, status === "failed" ? `no ${index}` : undefined)],
    },
  }));
  const repeated = withRepetitions({ ...task, status: "failed" }, repetitions);
  expect(repeated.reason).toBe("2 of 4 repetitions failed: flaky from birth");
  expect(repeated.attempts[0]?.cases).toMatchObject([
    { status: "passed", path: ["cart", "old"] },
    { status: "failed", repeated: { failed: 2, of: 4 }, message: "2 of 4 repetitions failed: flaky from birth. The first: no 1" },
  ]);
  expect(repeated.attempts[0]?.cases[0]?.repeated).toBeUndefined();
  // Broken is not flaky.
  const broken = withRepetitions(
    { ...task, status: "failed" },
    repetitions.filter(({ status }) => status === "failed"),
  );
  expect(broken.reason).toBe("2 of 2 repetitions failed");
});
