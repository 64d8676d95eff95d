import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { imports, run, summary, Workspace } from "../packages/runners/src/playwright/testing/workspace.ts";
import { chromiumPath, noChromium } from "./chromium.ts";

let workspace: Workspace | undefined;
afterEach(() => workspace?.remove());

test.skipIf(chromiumPath === undefined)(
  `Playwright's tests run in a real browser, and what they leave of it is named (${chromiumPath ?? noChromium})`,
  async () => {
    const space = (workspace = await Workspace.make({
      "playwright.config.ts": `export default { use: {
      launchOptions: { executablePath: ${JSON.stringify(chromiumPath)} }, screenshot: "only-on-failure", trace: "retain-on-failure",
    } };`,
      "a.spec.ts": `${imports}test("greets", async ({ page }) => {
await page.setContent("<h1>Hello</h1>");
await expect(page.getByRole("heading")).toHaveText("Hello");
});`,
      "b.spec.ts": `${imports}test("leaves evidence", async ({ page, browser }) => {
console.log("browser " + browser.version());
await page.setContent("<h1>Hello</h1>");
await expect(page.getByRole("heading")).toHaveText("Bye", { timeout: 100 });
});`,
    }));
    const ran = await run(await space.open(), "a.spec.ts", "b.spec.ts");
    expect(ran.map(summary)).toEqual([["greets: passed"], ["leaves evidence: failed"]]);
    const properties = ran[1]?.cases[0]?.properties ?? {};
    expect(Object.keys(properties).sort()).toEqual(["attachment error-context", "attachment screenshot", "attachment trace"]);
    for (const path of Object.values(properties)) expect(existsSync(join(space.path, path)), path).toBe(true);
  },
);
