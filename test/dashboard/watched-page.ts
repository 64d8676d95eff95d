import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";

/** Time for what a loaded machine does late. */
export const patience_ms = 30_000;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page of the dashboard, and what it should not have done. */
export interface WatchedPage {
  readonly page: Page;
  /** Faults, warnings, violations of its policy, dialogs, and requests to anybody else; network errors are told apart, for failovers. */
  readonly faults: string[];
}

/** Opens a page in a context of its own and watches what it does. */
export async function openPage(
  browser: Browser,
  address: string,
  path: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience_ms);
  const faults: string[] = [];
  page.on("console", (message) => {
    // A request that fails is told by the browser itself: an answer such as 503 is nothing that a page can keep from it.
    if (["error", "warning"].includes(message.type()) && !/Failed to load resource|NetworkError/.test(message.text()))
      faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${address}/`) && !/^(?:blob|data|about):/.test(request.url()))
      faults.push(`request: ${request.url()}`);
  });
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))",
  );
  await page.goto(`${address}${path}`);
  return { page, faults };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.locator("main#content h1").waitFor();
}

/** That nobody is kept out, as far as a program can tell, and that nothing sticks out at the side. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
    };
    const { violations } = await tool.run({ resultTypes: ["violations"] });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`,
    );
  });
  expect(found).toEqual([]);
  const overflow_px = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  expect(overflow_px, "sticks out at the side").toBeLessThanOrEqual(0);
}

/** Opens a page as whoever has this token. */
export async function openSignedIn(browser: Browser, address: string, path: string, token: string): Promise<WatchedPage> {
  const watched = await openPage(browser, address, path);
  await signIn(watched.page, token);
  return watched;
}

/** That nobody is kept out in the dark, on a narrow screen, or as it is usually shown. */
export async function expectAccessibleEveryWay(page: Page): Promise<void> {
  await expectAccessible(page);
  await page.getByLabel("Colours").selectOption("dark");
  await page.setViewportSize({ width: 320, height: 700 });
  await expectAccessible(page);
  const sideways = await page.evaluate(
    "[...document.querySelectorAll('.table-frame')].filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.getAttribute('aria-label'))",
  );
  expect(sideways, "tables that have to be scrolled sideways").toEqual([]);
  await page.getByLabel("Colours").selectOption("light");
  await page.setViewportSize({ width: 1280, height: 900 });
}
