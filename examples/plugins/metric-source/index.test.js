import assert from "node:assert/strict";
import { test } from "node:test";
import plugin from "./index.js";

test("each verdict is counted", () => {
  let [source, handler] = [undefined, undefined];
  plugin.setup({ on: (_, given) => (handler = given), metricSource: (given) => (source = given) });
  for (const verdict of ["passed", "failed", "passed"]) handler({ verdict });
  assert.deepEqual(
    source.read().map(({ labels, value }) => [labels.verdict, value]),
    [
      ["passed", 2],
      ["failed", 1],
    ],
  );
});
