import { detectBrowsers, playwrightLauncher } from "@shardwright/browsers";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";

const { browsers } = await detectBrowsers();
const required = (process.env["SHARDWRIGHT_REQUIRE_BROWSERS"] ?? "").split(",").filter((kind) => kind !== "");

/**
 * Tests of pages, in each browser that people open them with: skipped in one that this machine does not have, unless
 * SHARDWRIGHT_REQUIRE_BROWSERS names it.
 * @param define the browser is there when tests and their hooks run
 */
export function describeInBrowsers(what: string, define: (browser: () => Browser, kind: string) => void): void {
  for (const kind of ["chromium", "firefox"]) {
    const found = browsers.find((browser) => browser.kind === kind);
    if (found === undefined && required.includes(kind))
      throw new Error(`SHARDWRIGHT_REQUIRE_BROWSERS wants ${kind}, and none was found`);

    describe.skipIf(found === undefined)(`${what} in ${kind}${found === undefined ? " (none on this machine)" : ""}`, () => {
      let browser: Browser;
      beforeAll(async () => {
        if (found !== undefined) browser = await playwrightLauncher.launch(found, { timeout_ms: 60_000 });
      }, 120_000);
      afterAll(() => browser.close());
      define(() => browser, kind);
    });
  }
}
