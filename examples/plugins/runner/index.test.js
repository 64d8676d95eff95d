import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsOf } from "./index.js";

const outcomeOf = (output, code) => [...eventsOf(1, output, code)].at(-1).result.outcome;

test("what was printed is what is told, and nothing passes that was not seen", () => {
  assert.equal(outcomeOf("1..2\nok 1 - a\nok 2 - b # SKIP no gpu\n", 0), "passed");
  assert.equal(outcomeOf("1..2\nok 1 - a\nnot ok 2 - b\n", 1), "failed");
  assert.equal(outcomeOf("1..2\nok 1 - a\n", 0), "errored");
  assert.equal(outcomeOf("", 0), "errored");
  assert.equal(outcomeOf("1..1\nok 1 - a\n", 7), "errored");
});

test("two tests of one name are two", () => {
  const cases = [...eventsOf(1, "1..2\nok 1 - same\nok 2 - same\n", 0)].filter(({ type }) => type === "case");
  assert.deepEqual(
    cases.map(({ result }) => result.ordinal),
    [0, 1],
  );
});
