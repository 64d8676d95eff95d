import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileCacheFor } from "./compile-cache.ts";

const measured = { enabled: true };
const unmeasured = { enabled: false };
const usual = { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") };

test.each([
  ["processes", { pool: "forks", coverage: unmeasured }, {}, usual],
  ["processes with a context for each file", { pool: "vmForks", coverage: unmeasured }, {}, usual],
  ["threads", { pool: "threads", coverage: unmeasured }, {}, {}],
  ["coverage by vitest", { pool: "forks", coverage: measured }, {}, {}],
  ["coverage by node", { pool: "forks", coverage: unmeasured }, { NODE_V8_COVERAGE: "/c" }, {}],
  [
    "a place of the user's",
    { pool: "forks", coverage: unmeasured },
    { NODE_COMPILE_CACHE: "/mine" },
    { NODE_COMPILE_CACHE: "/mine" },
  ],
])("%s", (_, config, environment, expected) => {
  expect(compileCacheFor(config, environment)).toEqual(expected);
});
