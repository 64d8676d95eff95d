import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { reportAssets, reportAssetsPath } from "./embed-report-assets.ts";

test("the embedded script and style are those of packages/core/report-page", () => {
  const stale = readFileSync(reportAssetsPath, "utf8") !== reportAssets();
  expect(stale, "run `pnpm generate`").toBe(false);
});
