import { expect, test } from "vitest";
import { browserVariables } from "./browser-limits.ts";

test("what is said of the pool reaches processes that are started, and nothing that was not said", () => {
  expect(browserVariables({ browserPoolSize: 3, browserContexts: undefined, browserMemory: 900 })).toEqual({
    SHARDWRIGHT_BROWSER_POOL_SIZE: "3",
    SHARDWRIGHT_BROWSER_MEMORY: "900",
  });
});
