import { expect, test } from "vitest";
import { reportFromCases } from "../reports/from-cases.ts";
import type { CaseResult } from "../model/case.ts";
import { gitlabJunitLimits, writeGitlabJunit } from "./write-gitlab-junit.ts";

test("a hundred thousand failures stay inside GitLab's limits, and none is left out", () => {
  const cases = Array.from({ length: 100_000 }, (_, index): CaseResult => ({
    path: [`case ${index}`],
    ordinal: 0,
    status: "failed",
    duration_ms: 1,
    retries: 0,
    message: `no ${index}`,
    output: "x",
  }));
  const contents: string[] = [];
  const writing = writeGitlabJunit(reportFromCases({ name: "run", files: [{ file: "a.test.js", cases }] }));
  let step = writing.next();
  for (; step.done !== true; step = writing.next()) contents.push(step.value.content);
  expect(step.value).toBeUndefined();
  expect(contents.length).toBeGreaterThan(1);
  for (const content of contents) {
    expect(content.match(/<[A-Za-z]/g)?.length).toBeLessThanOrEqual(gitlabJunitLimits.elements);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(gitlabJunitLimits.file_bytes);
  }
  expect(contents.reduce((count, content) => count + (content.match(/<testcase /g)?.length ?? 0), 0)).toBe(cases.length);
});
