import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CoordinatorProcess, startCoordinatorProcess } from "../../bench/coordinator-process.ts";
import { type Seeded, seed } from "../../bench/dashboard/seed.ts";
import { createClient } from "../../packages/client/src/index.ts";
import { chromiumPath, launchChromium, noChromium } from "../chromium.ts";
import { openSignedIn } from "./watched-page.ts";

const sizes = { failing: 2000, cases: 100_000, runs: 10_000 };
/** Processor time for which a request may hold the coordinator, with room for a collection of what it no longer needs. */
const held_ms = 100;

describe.skipIf(chromiumPath === undefined)(
  `a project of 10,000 runs, one of them of 100,000 cases${chromiumPath === undefined ? ` (${noChromium})` : ""}`,
  () => {
    let browser: Browser;
    let coordinator: CoordinatorProcess;
    let seeded: Seeded;

    beforeAll(async () => {
      browser = await launchChromium();
      coordinator = await startCoordinatorProcess();
      const { address, apiKey } = coordinator;
      const client = createClient({ addresses: [address], apiKey, failover: { timeout_ms: 60_000 } });
      seeded = await seed(client, sizes);
      await client.close();
    }, 600_000);
    afterAll(async () => {
      await browser.close();
      await coordinator.stop();
    });

    test("its runs are filtered and paged through", async () => {
      const { page, faults } = await openSignedIn(browser, coordinator.address, "/", coordinator.apiKey);
      const rows = page.getByRole("table", { name: "Runs" }).getByRole("row");
      await page.getByRole("row", { name: /^failing failed/ }).waitFor();
      expect(await rows.count()).toBe(51);
      await coordinator.usage({ collect: true, reset: true });
      // Of every twenty runs one is on that branch. Those that were submitted together come in any order: from the middle of each page.
      const ofBranch = (back: number) =>
        page.getByRole("row", { name: new RegExp(`^small-${sizes.runs - 17 - 20 * back} passed`) });
      await page.getByLabel("Branch").fill("branch-3");
      await ofBranch(20).waitFor();
      expect(await rows.count()).toBe(51);
      await page.getByRole("button", { name: "Older →" }).click();
      await ofBranch(70).waitFor();
      expect(await ofBranch(20).count()).toBe(0);
      await page.getByRole("button", { name: "← Newest" }).click();
      await ofBranch(20).waitFor();
      await page.getByLabel("Branch").fill("nothing-is-on-it");
      await page.getByText("No run is like that.").waitFor();
      await page.getByLabel("Branch").fill("");
      await page.getByLabel("Verdict").selectOption("failed");
      await page.getByRole("row", { name: /^failing failed/ }).waitFor();
      await expect.poll(() => rows.count()).toBe(2);
      expect((await coordinator.usage()).held_ms).toBeLessThan(held_ms);
      expect(faults).toEqual([]);
      await page.context().close();
    }, 120_000);

    test("the page of the large run has its account, its tasks, and each task's cases a page at a time", async () => {
      await coordinator.usage({ collect: true, reset: true });
      const { page, faults } = await openSignedIn(browser, coordinator.address, `/runs/${seeded.wide}`, coordinator.apiKey);
      await page.getByText("2,000 discovered = 2,000 passed").first().waitFor();
      await page.getByText("100,000").first().waitFor();
      const tasks = page.getByRole("region", { name: "Tasks" });
      await tasks.getByRole("row").nth(5).waitFor();
      expect(await tasks.getByRole("row").count()).toBeLessThan(300);
      await tasks.getByRole("link").first().click();
      await page.getByText("does what it should, case 49").waitFor();
      expect((await coordinator.usage()).held_ms).toBeLessThan(held_ms);
      expect(faults).toEqual([]);
      await page.context().close();
    }, 120_000);
  },
);
