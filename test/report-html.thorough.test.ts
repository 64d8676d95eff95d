import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reportFromCases, writeHtml, type RunReport } from "../packages/core/src/index.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sampleReport } from "../packages/core/src/reports/sample.test-data.ts";
import { chromiumPath, launchChromium, noChromium } from "./chromium.ts";

const title =
  chromiumPath === undefined ? `the HTML report in a browser (skipped: ${noChromium})` : "the HTML report in a browser";

describe.skipIf(chromiumPath === undefined)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), "shardwright-report-"));
  let browser: Browser;
  const faults: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    expect(faults.splice(0)).toEqual([]);
  });

  /** Opens a report from disk; whatever the page complains about or asks the network for fails the test. */
  async function open(report: RunReport, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    const file = join(folder, "report.html");
    writeFileSync(file, writeHtml(report));
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => faults.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) faults.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return page;
  }
  const rows = (page: Page) => page.locator("#rows [role=option]");

  test("search, status, worker and cause narrow the list, and all of it can be taken back", async () => {
    const page = await open(sampleReport());
    await page.fill("#search", "econnrefused cart");
    await expect.poll(() => page.textContent("#shown")).toBe("3 shown");
    expect(await rows(page).count()).toBe(3);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.textContent("#shown")).toBe("");
    await page.click("button.chip.status-flaky");
    expect(await page.textContent("#shown")).toBe("2 shown");
    await page.selectOption("select[aria-label=Suite]", "services");
    await page.locator(".empty").waitFor();
    await page.click(".empty button");
    expect(await page.textContent("#shown")).toBe("");
    await page.selectOption("select[aria-label=Worker]", "runner-03");
    expect(await page.textContent("#shown")).toMatch(/^\d+ shown$/);
    await page.locator("[data-show-cause]").first().click();
    expect(await page.textContent("#shown")).toBe("18 shown");
    await page.context().close();
  });

  test("everything is within reach of the keyboard", async () => {
    const page = await open(sampleReport());
    await page.keyboard.press("/");
    await page.keyboard.type("locale");
    await expect.poll(() => page.textContent("#shown")).toBe("9 shown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const drawer = page.locator("dialog.drawer");
    await drawer.locator("text=Cannot read properties of undefined").waitFor();
    const before = await drawer.locator("[data-ref]").getAttribute("data-ref");
    await page.keyboard.press("j");
    expect(await drawer.locator("[data-ref]").getAttribute("data-ref")).not.toBe(before);
    expect(new URL(page.url()).hash).toBe(`#${await drawer.locator("[data-ref]").getAttribute("data-ref")}`);
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    await page.keyboard.press("?");
    await page.locator("dialog.help[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("t");
    await page.keyboard.press("t");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.focus("#timeline-canvas");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.textContent("#said")).toContain("runner-01");
    await page.keyboard.press("Enter");
    await drawer.waitFor();
    await page.context().close();
  });

  test("a retried test shows every attempt, and its log without colour codes", async () => {
    const page = await open(sampleReport());
    await page.click("button.chip.status-flaky");
    await rows(page).first().click();
    const attempts = page.locator("dialog.drawer .attempt > summary");
    expect(await attempts.allTextContents()).toEqual([
      expect.stringContaining("Attempt 3 passed"),
      expect.stringContaining("Attempt 2 failed"),
      expect.stringContaining("Attempt 1 lost"),
    ]);
    expect(await page.locator("dialog.drawer .attempt[open] .ev-error").first().textContent()).toContain("timed out");
    const log = await page.locator("dialog.drawer .printed pre").last().textContent();
    expect(log).toContain("warming up 100%");
    expect(log).not.toContain("\u001b");
    await page.context().close();
  });

  test("100,000 tests open at once: only what is on the screen is in the document", async () => {
    const page = await open(sampleReport({ files: 5000, cases_per_file: 20, workers: 8 }));
    expect(await page.textContent("#tests-title")).toContain("99,9");
    expect(await rows(page).count()).toBeLessThan(60);
    await page.evaluate("scrollTo(0, document.documentElement.scrollHeight)");
    await page.locator("#rows [role=option][aria-posinset='99984']").waitFor();
    expect(await rows(page).count()).toBeLessThan(60);
    await page.fill("#search", "limits-4998 [19]");
    await page.selectOption("select[aria-label=Order]", "slowest");
    expect(await rows(page).count()).toBeLessThan(60);
    await page.context().close();
  });

  test("names and messages stay text", async () => {
    const evil = "</script><img src=x onerror=alert(1)>";
    const more = "<!--<script>'\"`&lt;";
    const bad = { ordinal: 0, status: "failed" as const, duration_ms: 1, retries: 0 };
    const report = reportFromCases({
      name: evil,
      files: [
        {
          file: `a/${evil}`,
          suite: evil,
          worker: evil,
          log: evil + more,
          cases: [{ ...bad, path: [more, evil], message: evil, details: `${evil}\n${more}`, output: evil }],
        },
      ],
    });
    report.reason = evil;
    report.run.context = { branch: evil, build_url: "javascript:alert(1)", actor: more };
    report.notices.push({ at_ms: 0, code: "x", message: evil });
    const page = await open(report);
    await page.locator(".faults a").first().click();
    await page.locator("dialog.drawer").waitFor();
    expect(await page.textContent("#drawer-title")).toBe(evil);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("a[href^=javascript]").count()).toBe(0);
    expect(await rows(page).first().locator(".title").textContent()).toBe(evil);
    await page.context().close();
  });

  test("it fits a phone, and prints every cause on white", async () => {
    const page = await open(sampleReport(), { viewport: { width: 360, height: 740 }, colorScheme: "dark" });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await page.evaluate("for (const cause of document.querySelectorAll('.cause')) cause.open = false");
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator(".cause:not([open])").count()).toBe(0);
    expect(await page.locator("#tests").isVisible()).toBe(false);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(27, 33, 48)");
    await page.context().close();
  });
});
