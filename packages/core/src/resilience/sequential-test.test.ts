import { expect, test } from "vitest";
import { believedEvidence, withAttempt, withRatio } from "./sequential-test.ts";

test("errors as often as elsewhere are no evidence, more of them soon are", () => {
  const evidence = (usual: number) =>
    Array.from({ length: 30 }, (_, at) => at % 3 === 0).reduce((sum, isWrong) => withAttempt(sum, isWrong, usual), 0);
  expect(evidence(0.02)).toBeGreaterThan(believedEvidence);
  expect(evidence(0.33)).toBeLessThan(believedEvidence);
});

test("what goes well takes evidence back, down to none", () => {
  let evidence = withAttempt(0, true, 0);
  for (let count = 0; count < 20; count += 1) evidence = withAttempt(evidence, false, 0);
  expect(evidence).toBe(0);
});

test("one task that takes for ever is no evidence, several that take twice as long are", () => {
  expect(withRatio(0, 1000)).toBeLessThan(believedEvidence);
  expect(Array.from({ length: 8 }, () => 2).reduce(withRatio, 0)).toBeGreaterThan(believedEvidence);
  expect(Array.from({ length: 100 }, () => 1.1).reduce(withRatio, 0)).toBe(0);
});
