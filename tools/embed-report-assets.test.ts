import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { embeddedPages, reportAssets, sharedAssets, sharedStylePath } from "./embed-report-assets.ts";

test.each(embeddedPages)("the embedded script and style of the $name are those of packages/core/report-page", (page) => {
  const stale = readFileSync(page.path, "utf8") !== reportAssets(page);
  expect(stale, "run `pnpm generate`").toBe(false);
});

test("what all pages begin with is embedded as it is there", () => {
  expect(readFileSync(sharedStylePath, "utf8") === sharedAssets(), "run `pnpm generate`").toBe(true);
});
