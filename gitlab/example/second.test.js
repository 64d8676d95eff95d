import assert from "node:assert/strict";
import test from "node:test";

test("subtracts", () => assert.equal(2 - 1, 1));
