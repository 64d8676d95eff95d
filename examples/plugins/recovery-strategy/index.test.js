import assert from "node:assert/strict";
import { test } from "node:test";
import { noSecondWait } from "./index.js";

test("a file is waited for once", () => {
  assert.equal(noSecondWait.decide({ kind: "test-timeout", failures: 1 }), "elsewhere");
  assert.equal(noSecondWait.decide({ kind: "test-timeout", failures: 2 }), "give-up");
  assert.equal(noSecondWait.decide({ kind: "assertion", failures: 2 }), "elsewhere");
});
