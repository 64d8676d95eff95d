import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ShardwrightError, type RunReport, type Suite } from "@shardwright/core";
import type { CoverageOutcome, CoverageRequest, Runner } from "@shardwright/runners";
import { lastPartsOf } from "@shardwright/runners";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withCoverage } from "./join-coverage.ts";

const suite: Suite = { name: "unit", runner: "own", directory: "app", options: { coverage: true } };

type Artifacts = { name: string; sha256: string; bytes: number }[];

const attempt = (artifacts: Artifacts | undefined, more = {}) => ({
  attempt: 1,
  status: "passed",
  cases: [],
  ...(artifacts && { artifacts }),
  ...more,
});
const part = (sha256: string) => [{ name: "coverage-part/coverage.json.gz", sha256, bytes: 1 }];

function reportOf(tasks: Record<string, unknown[]>, verdict = "passed"): RunReport {
  return {
    run: { id: "r-1", duration_ms: 5 },
    verdict,
    reason: "all is well",
    notices: [],
    tasks: Object.entries(tasks).map(([key, attempts]) => ({ key, suite: "unit", status: "passed", attempts })),
  } as unknown as RunReport;
}

/** A framework that has nothing to say of the coverage but this, and what it was asked. */
function framework(answer: () => CoverageOutcome | Promise<CoverageOutcome>) {
  const asked: (CoverageRequest & { files: string[] })[] = [];
  const joinCoverage = async (request: CoverageRequest) => {
    const names = await readdir(request.parts);
    const files = await Promise.all(names.map((name) => readFile(join(request.parts, name), "utf8")));
    asked.push({ ...request, files: files.sort() });
    return answer();
  };
  return { asked, runners: new Map([["own", { name: "own", joinCoverage } as unknown as Runner]]) };
}

async function joined(report: RunReport, answer: () => CoverageOutcome | Promise<CoverageOutcome>, more = {}) {
  const { asked, runners } = framework(answer);
  const said: string[] = [];
  const client = {
    getBlob: (sha256: string) =>
      sha256 === "gone"
        ? Promise.reject(new ShardwrightError("not-found", { what: "blob gone" }))
        : Promise.resolve(Buffer.from(sha256)),
  };
  const result = await withCoverage(client, report, {
    workspace: "/work",
    suites: [suite],
    runners,
    environment: { A: "b" },
    isAlone: true,
    isPart: false,
    say: (line) => void said.push(line),
    signal: new AbortController().signal,
    ...more,
  });
  return { result, said, asked };
}

const fine = () => ({ text: "a table\nof figures", isJudged: true, problems: [] });

test("the parts of all attempts are joined, shown, and taken out of the report", async () => {
  const kept = { name: "trace.zip", sha256: "trace", bytes: 1 };
  const report = reportOf({
    "unit:a": [attempt(part("early")), attempt([...part("late"), kept])],
    "unit:b": [attempt(part("first"), { part: 0 }), attempt(part("second"), { part: 1 })],
  });
  const whole = { ...report, tasks: report.tasks.map((task) => (task.key === "unit:b" ? { ...task, parts: 2 } : task)) };
  const { result, said, asked } = await joined(whole, fine);
  expect(asked).toMatchObject([
    { files: ["early", "first", "late", "second"], directory: "app", failed: false, environment: { A: "b" } },
  ]);
  expect(said).toEqual(["a table", "of figures"]);
  expect(result).toMatchObject({ verdict: "passed", reason: "all is well", notices: [] });
  expect(result.tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts))).toEqual([kept]);
});

const low = () => ({ text: "", isJudged: true, problems: ["70 % is not 80 %", "nor 90 %"] });

test("a run whose tests pass fails where too little is covered", async () => {
  const { result } = await joined(reportOf({ "unit:a": [attempt(part("x"))] }), low);
  expect(result).toMatchObject({ verdict: "failed", reason: "In unit: 70 % is not 80 %, and 1 more" });
  expect(result.notices.map(({ code, message }) => [code, message])).toEqual([
    ["coverage", "In unit: 70 % is not 80 %"],
    ["coverage", "In unit: nor 90 %"],
  ]);
});

test("what is lacking is said, and may be what a threshold wants: with one, a green run is an error, and so is one that cannot be joined", async () => {
  const report = reportOf({
    "unit:a": [attempt(part("gone"))],
    "unit:b": [attempt(undefined)],
    "unit:c": [attempt(part("x"), { resumed: { cases: 3 } })],
  });
  const words =
    "The coverage of the suite unit lacks that of 2 files or parts of them, of which none is here (unit:a, unit:b), and 3 cases that ran in attempts which did not come to their end";
  const enough = await joined(report, fine);
  expect(enough.asked).toMatchObject([{ files: ["x"] }]);
  expect(enough.result).toMatchObject({ verdict: "errored", reason: words, notices: [{ code: "coverage", message: words }] });
  expect((await joined(report, low)).result).toMatchObject({ verdict: "errored", reason: words });
  const unjudged = await joined(report, () => ({ text: "", isJudged: false, problems: [] }));
  expect(unjudged.result).toMatchObject({ verdict: "passed", notices: [{ message: words }] });
  const faulty = await joined(report, () => Promise.reject(new Error("no provider")));
  expect(faulty.result).toMatchObject({
    verdict: "errored",
    reason: "In unit: The coverage could not be joined: no provider",
  });
});

test("red stays red; of a share, and of tests without a result, nothing is joined", async () => {
  const tasks = { "unit:a": [attempt(part("x"))] };
  const withStatus = (report: RunReport, status: string, more = {}) =>
    ({ ...report, tasks: report.tasks.map((task) => ({ ...task, status, ...more })) }) as RunReport;
  const red = await joined(withStatus(reportOf(tasks, "failed"), "failed"), low);
  expect(red.result).toMatchObject({ verdict: "failed", reason: "all is well" });
  expect(red.asked).toMatchObject([{ failed: true }]);
  const excused = await joined(withStatus(reportOf(tasks), "failed", { quarantined: true }), low);
  expect(excused.asked).toMatchObject([{ failed: false }]);
  expect((await joined(reportOf(tasks, "failed"), low)).asked, "another suite failed").toMatchObject([{ failed: false }]);

  const share = await joined(reportOf(tasks), low, { isPart: true });
  expect(share.asked).toEqual([]);
  expect(share.result).toMatchObject({
    verdict: "passed",
    notices: [{ message: expect.stringContaining("only a share") as string }],
  });
  const errored = await joined(withStatus(reportOf(tasks, "errored"), "errored"), low);
  expect([errored.asked, errored.result.verdict]).toEqual([[], "errored"]);
  expect(errored.result.notices).toMatchObject([{ message: expect.stringContaining("not all of its tests") as string }]);
  expect((await joined(reportOf(tasks, "cancelled"), low)).asked).toEqual([]);
});

test("a run that is stopped before its coverage is joined is not green", async () => {
  const report = reportOf({ "unit:a": [attempt(part("x"))] });
  const before = await joined(report, fine, { signal: AbortSignal.abort() });
  expect(before.asked).toEqual([]);
  expect(before.result).toMatchObject({ verdict: "cancelled", notices: [{ code: "coverage" }] });
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    return Promise.reject(new Error("it was stopped"));
  };
  const during = await joined(report, stop, { signal: stopping.signal });
  expect(during.result).toMatchObject({ verdict: "cancelled", reason: "Stopped before the coverage of unit was joined" });
});

test("a suite that measures nothing is left as it is", async () => {
  const report = reportOf({ "unit:a": [attempt(part("x"))] });
  const { result, asked } = await joined(report, fine, { suites: [{ ...suite, options: {} }] });
  expect([result, asked]).toEqual([report, []]);
});

describe("what sessions covered at their end", () => {
  const own = "r-own0000000000000";
  const report = () => ({ ...reportOf({ "unit:a": [attempt(part("a"))] }), run: { id: own } }) as unknown as RunReport;
  let workspace: string;

  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), "shardwright-last-"));
  });
  afterEach(() => rm(workspace, { recursive: true }));

  async function leave(run: string, suite: string): Promise<string> {
    const place = lastPartsOf(workspace, run, suite);
    await mkdir(join(place, "folder.gz"), { recursive: true });
    for (const name of ["host-1.gz", "host-2.gz", "host-3", ".gitignore"]) await writeFile(join(place, name), `${suite} ${name}`);
    return place;
  }

  test("is joined, each time, where nobody else joins the run", async () => {
    await leave(own, "unit");
    await leave(own, "other");
    await leave("r-other00000000000", "unit");
    for (let time = 0; time < 2; time += 1) {
      const { asked } = await joined(report(), fine, { workspace });
      expect(asked[0]?.files).toEqual(["a", "unit host-1.gz", "unit host-2.gz"]);
    }
    const { asked } = await joined(report(), fine, { workspace, isAlone: false });
    expect(asked[0]?.files).toEqual(["a"]);
  });

  test("goes when it is a day old, unless it is the run's own, and nothing else does", async () => {
    const runs = [own, "r-new0000000000000", "r-touched000000000", "r-old0000000000000", "notes-of-mine-0000"];
    const places = await Promise.all(runs.map((run) => leave(run, "unit")));
    for (const [index, place] of places.entries()) {
      if (index === 1) continue;
      if (index !== 2) await utimes(place, 1, 1);
      await utimes(dirname(place), 1, 1);
    }
    await joined(report(), fine, { workspace });
    expect(places.map((place) => existsSync(place))).toEqual([true, true, true, false, true]);
  });

  test.skipIf(process.platform === "win32")("a link leads to what is somebody else's", async () => {
    const old = await leave("r-old0000000000000", "unit");
    await utimes(old, 1, 1);
    await utimes(dirname(old), 1, 1);
    const folder = join(workspace, ".shardwright", "coverage");
    await rename(folder, join(workspace, "theirs"));
    await symlink(join(workspace, "theirs"), folder);
    await joined(report(), fine, { workspace });
    expect(existsSync(old)).toBe(true);
  });
});
