import { expect, test, type TestAPI, type TestContext } from "vitest";
import type { DetectedBrowser } from "../browser.ts";
import { detectBrowsers } from "../detection/detect.ts";

const { browsers } = await detectBrowsers();
const required = (process.env["SHARDWRIGHT_REQUIRE_BROWSERS"] ?? "").split(",").filter((kind) => kind !== "");

/**
 * A test in this machine's browser of a kind. Where there is none it is skipped by name; with `SHARDWRIGHT_REQUIRE_BROWSERS` naming the kind,
 * it fails.
 */
export function testIn(
  kind: string,
  name: string,
  body: (browser: DetectedBrowser) => Promise<void>,
  timeout_ms = 120_000,
): void {
  const found = browsers.find((browser) => browser.kind === kind);
  const title = found === undefined ? `${name} (no ${kind} on this machine)` : `${name} (${kind} ${found.version})`;
  const run: TestAPI | TestAPI["skip"] = found === undefined && !required.includes(kind) ? test.skip : test;
  run(
    title,
    async () => {
      if (found === undefined) return expect.unreachable(`SHARDWRIGHT_REQUIRE_BROWSERS wants ${kind}, and none was found`);
      await body(found);
    },
    timeout_ms,
  );
}

/** A browser of this machine; where there is none of the kind, the test is skipped by its name. */
export function realBrowser(context: Pick<TestContext, "skip">, kind: string): DetectedBrowser {
  const found = browsers.find((browser) => browser.kind === kind);
  if (found !== undefined) return found;
  if (required.includes(kind)) throw new Error(`SHARDWRIGHT_REQUIRE_BROWSERS wants ${kind}, and none was found`);
  return context.skip(`there is no ${kind} on this machine`);
}
