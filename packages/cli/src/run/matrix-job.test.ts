import { expect, test } from "vitest";
import { jobIndex, matrixJob } from "./matrix-job.ts";

const none = { index: undefined, total: undefined };

test("of GitLab's jobs each is one of several, and one that has no like is the only one", () => {
  expect(matrixJob(none, { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" })).toEqual({ index: 1, total: 4 });
  expect(matrixJob(none, { CI_NODE_TOTAL: "1" })).toEqual({ index: 0, total: 1 });
  expect(() => matrixJob(none, { CI_NODE_TOTAL: "4" })).toThrow("Which of the 4 jobs this is");
  expect(matrixJob(none, {})).toBeUndefined();
});

const asked = (index?: number, total?: number) => ({ index, total });
const circle = (index: string, total: string) => ({ CIRCLECI: "true", CIRCLE_NODE_INDEX: index, CIRCLE_NODE_TOTAL: total });

test("a flag counts before CI_NODE_INDEX, that before what the CI system says", () => {
  expect(matrixJob(asked(), {})).toBeUndefined();
  expect(matrixJob(asked(), circle("2", "4"))).toEqual({ index: 2, total: 4 });
  expect(matrixJob(asked(), { ...circle("2", "4"), CI_NODE_INDEX: "1", CI_NODE_TOTAL: "3" })).toEqual({ index: 0, total: 3 });
  expect(matrixJob(asked(3, 5), circle("2", "4"))).toEqual({ index: 3, total: 5 });
  expect(matrixJob(asked(3), circle("2", "4"))).toEqual({ index: 3, total: 4 });
  const azure = { TF_BUILD: "True", SYSTEM_JOBPOSITIONINPHASE: "2", SYSTEM_TOTALJOBSINPHASE: "3" };
  expect(matrixJob(asked(), azure)).toEqual({ index: 1, total: 3 });
});

test("a place among as many as nobody asked for is no place", () => {
  expect(jobIndex(asked(undefined, 2), circle("1", "4"))).toBeUndefined();
  expect(() => matrixJob(asked(undefined, 2), circle("1", "4"))).toThrow(/Which of the 2 jobs/);
  expect(() => matrixJob(asked(), { ...circle("1", "4"), CI_NODE_TOTAL: "2" })).toThrow(/Which of the 2 jobs/);
});

test("a job that nobody multiplied is none of several, unless it was said to be", () => {
  expect(matrixJob(asked(), circle("0", "1"))).toBeUndefined();
  expect(matrixJob(asked(0, 1), {})).toEqual({ index: 0, total: 1 });
  expect(() => matrixJob(asked(), { CI_NODE_INDEX: "1" })).toThrow("The number of jobs is not known.");
  expect(() => matrixJob(asked(), { CI_NODE_TOTAL: "3" })).toThrow(/Which of the 3 jobs/);
  expect(() => matrixJob(asked(), { CI_NODE_INDEX: "4", CI_NODE_TOTAL: "3" })).toThrow("There is no job 3 of 3.");
});
