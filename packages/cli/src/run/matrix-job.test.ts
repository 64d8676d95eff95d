import { expect, test } from "vitest";
import { matrixJob } from "./matrix-job.ts";

const none = { index: undefined, total: undefined };

test("of GitLab's jobs each is one of several, and one that has no like is the only one", () => {
  expect(matrixJob(none, { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" })).toEqual({ index: 1, total: 4 });
  expect(matrixJob(none, { CI_NODE_TOTAL: "1" })).toEqual({ index: 0, total: 1 });
  expect(() => matrixJob(none, { CI_NODE_TOTAL: "4" })).toThrow("Which of the 4 jobs this is");
  expect(matrixJob(none, {})).toBeUndefined();
});
