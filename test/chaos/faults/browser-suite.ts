import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { chromiumPath } from "../../chromium.ts";
import { seeded } from "../../seeded.ts";
import type { ChaosSuite } from "../suite.ts";

const runners = createRequire(join(import.meta.dirname, "..", "..", "..", "packages", "runners", "package.json"));
const count = 8;

/** Files in which the browser is killed under a test, the first time that they are run. */
export const browserStruck = ["page-1.spec.js", "page-4.spec.js", "page-6.spec.js"];

/** A suite of Playwright's in a real Chromium, whose every result is known beforehand. */
export function writeBrowserSuite(directory: string, seed: number): ChaosSuite {
  const random = seeded(seed);
  mkdirSync(join(directory, "node_modules", "@playwright"), { recursive: true });
  const installed = dirname(runners.resolve("@playwright/test/package.json"));
  symlinkSync(installed, join(directory, "node_modules", "@playwright", "test"), "junction");
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  const options = { executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] };
  writeFileSync(
    join(directory, "playwright.config.js"),
    `export default { use: { launchOptions: ${JSON.stringify(options)} } };\n`,
  );
  const cases = new Map<string, string[]>();
  for (let index = 0; index < count; index += 1) {
    const file = `page-${index}.spec.js`;
    const wait_ms = Math.floor(100 + 400 * random());
    cases.set(file, ["shows itself", "shows more"]);
    writeFileSync(
      join(directory, file),
      `import { existsSync, writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
const show = async (page, text) => {
  await page.setContent("<h1>" + text + "</h1>");
  await page.waitForTimeout(${wait_ms});
  await expect(page.getByRole("heading")).toHaveText(text);
};
test("shows itself", async ({ page, browser }) => {
  await page.setContent("<h1>here</h1>");
${browserStruck.includes(file) ? killOnce(file, Math.floor(1000 * random())) : ""}
  await show(page, "itself");
});
test("shows more", ({ page }) => show(page, "more"));
`,
    );
  }
  return { directory, files: count, cases, failing: new Set() };
}

function killOnce(file: string, after_ms: number): string {
  const marker = `process.env.CHAOS_ROOT + ${JSON.stringify(`/${file}.once`)}`;
  return `  if (!existsSync(${marker})) {
    writeFileSync(${marker}, "");
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    setTimeout(() => process.kill(processInfo.find(({ type }) => type === "browser").id, "SIGKILL"), ${after_ms});
    await page.waitForTimeout(10_000);
  }`;
}
