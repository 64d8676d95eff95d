import assert from "node:assert/strict";
import { test } from "node:test";
import { csvReporter } from "./index.js";

test("one line for each file, quoted where it has to be", () => {
  const task = {
    suite: "unit",
    file: 'a "b", c.js',
    status: "passed",
    flaky: true,
    attempts: [{ duration_ms: 1500 }, { duration_ms: 20 }],
  };
  const lines = [...csvReporter.write({ tasks: [task, { ...task, file: "=1+1.js", attempts: [] }] })].join("").split("\n");
  assert.deepEqual(lines, [
    "suite,file,status,flaky,attempts,seconds",
    'unit,"a ""b"", c.js",passed,true,2,1.520',
    "unit,'=1+1.js,passed,true,0,0.000",
    "",
  ]);
});
