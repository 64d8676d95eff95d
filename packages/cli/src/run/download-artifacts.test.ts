import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ReportAttempt, RunReport } from "@shardwright/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadArtifacts, type DownloadRequest } from "./download-artifacts.ts";

let outputDir: string;
beforeEach(() => {
  outputDir = mkdtempSync(join(tmpdir(), "shardwright-downloads-"));
});
afterEach(() => rmSync(outputDir, { recursive: true, force: true }));

/** An attempt that left files of these names; the content of each is its hash. */
function attempt(status: ReportAttempt["status"], names: readonly string[], more: Partial<ReportAttempt> = {}): ReportAttempt {
  const artifacts = names.map((name) => ({ name, sha256: `${status} ${name}`, bytes: 1 }));
  return { attempt: 1, worker: "w", status, started_ms: 0, duration_ms: 1, cases: [], artifacts, ...more };
}

interface Shape {
  readonly tasks: Readonly<Record<string, readonly ReportAttempt[]>>;
  readonly parts?: number;
  readonly blobReport?: boolean;
}

function reportOf({ tasks, parts, blobReport = true }: Shape): RunReport {
  return {
    run: { id: "r-1", duration_ms: 5 },
    notices: [],
    suites: [{ name: "e2e", runner: "playwright", directory: ".", options: { blobReport } }],
    tasks: Object.entries(tasks).map(([file, attempts]) => ({
      key: `e2e:${file}`,
      suite: "e2e",
      file,
      attempts,
      ...(parts !== undefined && { parts }),
    })),
  } as unknown as RunReport;
}

async function download(report: RunReport, which: DownloadRequest["which"] = "failed", lost: readonly string[] = []) {
  const getBlob = (sha256: string) =>
    lost.includes(sha256) ? Promise.reject(new Error("it is gone")) : Promise.resolve(Buffer.from(sha256));
  const { tasks, notices } = await downloadArtifacts({ getBlob }, report, { which, outputDir });
  const paths = tasks.flatMap(({ attempts }) => attempts.flatMap(({ artifacts = [] }) => artifacts.map(({ path }) => path)));
  for (const path of paths.filter((one) => one !== undefined)) expect(existsSync(join(outputDir, path))).toBe(true);
  return { paths, said: notices.map(({ message }) => message) };
}

const blob = "blob-report/report.zip";

test("artifacts of what did not pass come beside the reports, in folders of their tasks and attempts", async () => {
  const tasks = { "a.spec.ts": [attempt("failed", ["x/y.png", "con"]), attempt("passed", ["x/y.png"], { attempt: 2 })] };
  expect(await download(reportOf({ tasks, blobReport: false }))).toEqual({
    paths: ["artifacts/e2e_a.spec.ts/1/x/y.png", "artifacts/e2e_a.spec.ts/1/_con", undefined],
    said: [],
  });
  expect((await download(reportOf({ tasks, blobReport: false }), "all")).paths[2]).toBe("artifacts/e2e_a.spec.ts/2/x/y.png");
  expect((await download(reportOf({ tasks, blobReport: false }), "none")).paths).toEqual([undefined, undefined, undefined]);
  expect(existsSync(join(outputDir, "artifacts"))).toBe(false);
});

test("blobs of the attempts that count come together, passed or not, and others of a like name stay what they are", async () => {
  const tasks = {
    "a.spec.ts": [attempt("failed", [blob, "shot.png"]), attempt("passed", [blob, "shot.png"], { attempt: 2 })],
    "A.spec.ts": [attempt("failed", [blob, "shot.png"])],
  };
  expect(await download(reportOf({ tasks }))).toEqual({
    paths: [
      undefined,
      "artifacts/e2e_a.spec.ts/1/shot.png",
      "blob-report/e2e/e2e_a.spec.ts.zip",
      undefined,
      // Not every file system tells their names apart.
      "blob-report/e2e/e2e_A.spec.ts~2.zip",
      "artifacts/e2e_A.spec~2.ts/1/shot.png",
    ],
    said: [],
  });
  expect(readFileSync(join(outputDir, "blob-report/e2e/e2e_a.spec.ts.zip"), "utf8")).toBe(`passed ${blob}`);
  expect((await download(reportOf({ tasks, blobReport: false }))).paths[0]).toBe(
    "artifacts/e2e_a.spec.ts/1/blob-report/report.zip",
  );
  expect(existsSync(join(outputDir, "blob-report"))).toBe(false);
});

test("a file in parts has a blob for each", async () => {
  const tasks = { "a.spec.ts": [attempt("passed", [blob], { part: 0 }), attempt("failed", [blob], { part: 1 })] };
  expect(await download(reportOf({ tasks, parts: 2 }))).toEqual({
    paths: ["blob-report/e2e/e2e_a.spec.ts.zip", "blob-report/e2e/e2e_a.spec.ts~2.zip"],
    said: [],
  });
});

test("what a report made of blobs will lack is told", async () => {
  const tasks = {
    "a.spec.ts": [attempt("passed", [blob], { resumed: { attempt: 1, cases: 3 } })],
    "b.spec.ts": [attempt("errored", [])],
    "c.spec.ts": [],
    "d.spec.ts": [attempt("failed", [blob])],
    "e.spec.ts": [attempt("passed", [], { artifacts: undefined })],
  };
  const { said } = await download(reportOf({ tasks }), "failed", [`failed ${blob}`]);
  expect(said).toEqual([
    "1 artifact could not be downloaded: it is gone",
    "What is made of the blobs of the suite e2e lacks 4 files or parts of them, of which none is here (e2e:b.spec.ts, e2e:c.spec.ts, " +
      "e2e:d.spec.ts, e2e:e.spec.ts), and 3 cases that ran in attempts which did not come to their end. This report has all there is",
  ]);
  expect((await download(reportOf({ tasks }), "none")).said).toEqual([]);
});

test("a folder that somebody else made is left alone", async () => {
  mkdirSync(join(outputDir, "blob-report"));
  writeFileSync(join(outputDir, "blob-report", "mine.zip"), "");
  const { paths } = await download(reportOf({ tasks: { "a.spec.ts": [attempt("passed", [blob])] } }));
  expect(paths).toEqual(["blob-report-r-1/e2e/e2e_a.spec.ts.zip"]);
});
