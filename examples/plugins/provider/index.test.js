import assert from "node:assert/strict";
import { test } from "node:test";
import { buildkite } from "./index.js";

const env = {
  BUILDKITE: "true",
  BUILDKITE_COMMIT: "abc1234",
  BUILDKITE_BRANCH: "main",
  BUILDKITE_PULL_REQUEST: "false",
  BUILDKITE_BUILD_ID: "b-1",
};

test("a job is known by its environment", () => {
  assert.equal(buildkite.detect(env), true);
  assert.equal(buildkite.detect({ CI: "true" }), false);
  assert.deepEqual(buildkite.describe(env), {
    context: { provider: "buildkite", commit: "abc1234", branch: "main", attempt: 1 },
    pipelineKey: "buildkite:b-1:",
  });
});

test("what a test prints folds nothing", () => {
  assert.doesNotMatch(buildkite.log.neutralise("a\n--- b"), /^---/m);
});
