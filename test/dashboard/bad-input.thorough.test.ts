import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lease } from "@shardwright/core";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Coordinators, adminToken, call, newWorker } from "../../server/src/testing/coordinators.ts";
import { systemClock } from "../../server/src/clock.ts";
import { eventsOf, submissionOf } from "../../server/src/testing/world.ts";
import { chromiumPath, launchChromium, noChromium } from "../chromium.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { expectAccessible, openPage, openSignedIn, patience_ms, signIn } from "./watched-page.ts";

type At = Parameters<typeof call>[0];
const mebibyte = 1024 * 1024;
const git = { kind: "git", url: "https://git.example.com/shop.git", commit: "a".repeat(40), directory: "." } as const;
const day_ms = 86_400_000;

describe.skipIf(chromiumPath === undefined)(
  `the dashboard with what is large, wrong or broken${chromiumPath === undefined ? ` (${noChromium})` : ""}`,
  () => {
    let browser: Browser;
    let coordinators: Coordinators;
    let at: At;
    let worker: string;
    let heartbeats: NodeJS.Timeout;
    /** Of leases that are held. */
    const fences = new Set<number>();
    /** By how much the coordinator's clock is ahead. */
    let ahead_ms = 0;

    beforeAll(async () => {
      browser = await launchChromium();
      coordinators = new Coordinators();
      const clock = { ...systemClock, now_ms: () => Date.now() + ahead_ms };
      at = await coordinators.start("a", {}, 0, { clock, scheduler: { batchCount_limit: 1 } });
      worker = await newWorker(at);
      heartbeats = setInterval(() => {
        post(`workers/${worker}/heartbeat`, { fences: [...fences] }).catch(() => undefined);
      }, 1000);
    }, 120_000);
    afterAll(async () => {
      clearInterval(heartbeats);
      await browser.close();
      await coordinators[Symbol.asyncDispose]();
    });

    const post = (path: string, body: unknown) => call(at, "POST", `/api/v1/${path}`, body);
    const get = async (path: string) => (await call(at, "GET", `/api/v1/${path}`)).body as Record<string, unknown>;

    async function submit(run_key: string, count: number, branch?: string): Promise<string> {
      const files = Array.from({ length: count }, (_, index) => `f${index}.test.js`);
      const options = { speculation: false, max_retries: 0 };
      const { status, body } = await post(
        "runs",
        submissionOf(files, { run_key, workspace: git, options, context: { ...(branch && { branch }) } }),
      );
      expect(status).toBe(200);
      const { run } = body as { run: string };
      onTestFinished(async () => void (await post(`runs/${run}/cancel`, {})));
      return run;
    }

    async function leased(): Promise<Lease[]> {
      const { body } = await post(`workers/${worker}/leases`, { slots: 1, wait_ms: 5000 });
      const { leases } = body as { leases: Lease[] };
      for (const { fence } of leases) fences.add(fence);
      return leases;
    }

    /** Plays so many tasks, one after the other. @param log that each leaves */
    async function play(count: number, outcome: "passed" | "failed" = "passed", log?: { sha256: string; bytes: number }) {
      for (let left = count; left > 0;)
        for (const lease of await leased()) {
          await end(lease, outcome, log);
          left -= lease.tasks.length;
        }
    }

    async function end(lease: Lease, outcome: "passed" | "failed" = "passed", log?: { sha256: string; bytes: number }) {
      for (const { task } of lease.tasks) {
        const [started, cases, finished] = eventsOf(lease, task, outcome);
        const events = [started, cases, log === undefined ? finished : { ...finished, log }];
        expect((await post(`workers/${worker}/results`, { events })).status).toBe(200);
      }
      fences.delete(lease.fence);
    }

    const lengthOf = (log: Locator) => log.evaluate((frame) => frame.textContent?.length ?? 0);

    /** Bytes that the page's script holds, after a collection. */
    async function heapOf(page: Page): Promise<number> {
      const session = await page.context().newCDPSession(page);
      await session.send("HeapProfiler.collectGarbage");
      return ((await session.send("Runtime.getHeapUsage")) as { usedSize: number }).usedSize;
    }

    test("a log of 200 MB is looked through, gone to and scrolled without ever being on the page", async () => {
      const bytes = 200 * mebibyte;
      const sha256 = `ab${"0".repeat(62)}`;
      const length = 64;
      const line = (number: number, text: string) => Buffer.from(`${text} ${number}`.padEnd(length - 1, ".").concat("\n"));
      const content = Buffer.alloc(bytes, line(0, "a line of many"));
      const put = (number: number, text: string) => void line(number, text).copy(content, (number - 1) * length);
      put(1_000_000, "the needle in the haystack");
      put(2_500_000, "<b>a needle</b> further on");
      put(bytes / length, "the last line");
      // Larger than a worker may send: what the page does must not depend on that limit.
      mkdirSync(join(coordinators.stateDir("a"), "blobs", "ab"), { recursive: true });
      writeFileSync(join(coordinators.stateDir("a"), "blobs", "ab", sha256.slice(2)), content);
      const run = await submit("log", 1);
      await play(1, "passed", { sha256, bytes });

      const { page, faults } = await openSignedIn(browser, at.address, `/runs/${run}/tasks/0`, adminToken);
      let fetched_bytes = 0;
      page.on("response", (response) => {
        if (response.url().includes("/blobs/")) fetched_bytes += Number(response.headers()["content-length"] ?? 0);
      });
      const log = page.getByRole("group", { name: "Log", exact: true });
      await log.getByText("the last line").waitFor();
      const heap_bytes = await heapOf(page);
      const isSeen = (text: string) =>
        expect
          .poll(
            () =>
              page.evaluate(`(() => {
                const mark = document.querySelector("pre.log mark");
                if (mark?.textContent.includes(${JSON.stringify(text)}) !== true) return false;
                const [found, shown] = [mark.getBoundingClientRect(), mark.closest("pre").getBoundingClientRect()];
                return found.top >= shown.top && found.bottom <= shown.bottom;
              })()`),
            { timeout: patience_ms, message: `${text} is seen` },
          )
          .toBe(true);

      await page.getByLabel("Find in the log").fill("needle");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Line 2,500,000" }).waitFor();
      expect(await page.getByRole("group", { name: "Lines that were found" }).getByRole("listitem").count()).toBe(2);
      await expectAccessible(page);
      await page.getByRole("button", { name: "Line 1,000,000" }).click();
      await isSeen("the needle in the haystack");
      await page.getByLabel("Line", { exact: true }).fill("2500000");
      await page.keyboard.press("Enter");
      await isSeen("<b>a needle</b> further on");
      await page.getByLabel("Line", { exact: true }).fill("99999999");
      await page.keyboard.press("Enter");
      await page.getByText("The log has no such line.").waitFor();
      for (let times = 0; times < 8; times += 1) {
        const before = await lengthOf(log);
        await page.getByRole("button", { name: "Show what is before" }).click();
        await expect
          .poll(() => page.getByRole("button", { name: "Show what is before" }).isEnabled(), { timeout: patience_ms })
          .toBe(true);
        expect(await lengthOf(log)).toBeGreaterThanOrEqual(Math.min(before, mebibyte));
      }
      expect(await lengthOf(log)).toBeLessThanOrEqual(mebibyte);
      await page.getByRole("button", { name: "To the end" }).click();
      await log.getByText("the last line").waitFor();
      await page.getByLabel("Find in the log").fill("nowhere");
      await page.keyboard.press("Enter");
      await page.getByText("No line has “nowhere” in it").waitFor();
      expect(fetched_bytes).toBeLessThan(4 * mebibyte);
      expect(await heapOf(page)).toBeLessThan(heap_bytes + 16 * mebibyte);
      expect(faults).toEqual([]);
      await page.context().close();
    }, 180_000);

    for (const hours of [5, -5])
      test(`times are right in a browser whose clock is ${hours} hours off`, async () => {
        const run = await submit(`clock${hours}`, 8);
        await play(4);
        const running = await leased();
        const { page, faults } = await openPage(browser, at.address, "/");
        await page.addInitScript(`{
          const Real = Date;
          const off_ms = ${hours} * 3_600_000;
          globalThis.Date = class extends Real {
            constructor(...values) { if (values.length === 0) super(Real.now() + off_ms); else super(...values); }
            static now() { return Real.now() + off_ms; }
          };
        }`);
        await page.reload();
        await signIn(page, adminToken);
        const wrong_ms = (await page.evaluate(() => Date.now())) - Date.now();
        expect(Math.abs(wrong_ms / 3_600_000 - hours)).toBeLessThan(0.1);
        const row = page.getByRole("row", { name: new RegExp(`clock${hours} running`) });
        await row.waitFor();
        expect(await row.textContent()).toContain("now");
        const took = async () => (await row.locator(".duration").textContent()) ?? "";
        const seconds = (text: string) => (/^(?:(\d+) min )?(\d+(?:\.\d+)?) (?:s|ms)$/.exec(text) === null ? Infinity : text);
        expect(seconds(await took()), "within a minute or two").not.toBe(Infinity);
        expect(await took()).not.toMatch(/^0/);
        await page.getByRole("link", { name: `clock${hours}` }).click();
        await page.getByText(/4 of 8 tasks done, [1-4] running/).waitFor();
        // By what tasks took, which the coordinator measured: a tenth of a second each.
        await page.getByText(/about \d{1,2}(?:\.\d+)? s left/).waitFor();
        const shown = page.locator("dt", { hasText: "Runs for" }).locator("xpath=following-sibling::dd[1]");
        const first = (await shown.textContent()) ?? "";
        expect(seconds(first)).not.toBe(Infinity);
        await expect.poll(() => shown.textContent(), { timeout: patience_ms }).not.toBe(first);
        for (const lease of running) await end(lease);
        await play(4 - running.flatMap(({ tasks }) => tasks).length);
        await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
        expect((await get(`runs/${run}`))["verdict"]).toBe("passed");
        expect(faults).toEqual([]);
        await page.context().close();
      }, 120_000);

    test("a page goes on without gap or doubling behind a proxy that cuts its stream every second", async () => {
      const count = 24;
      const run = await submit("cut", count);
      const proxy = await startCuttingProxy(at.address, 1000);
      const { page, faults } = await openSignedIn(browser, proxy.address, `/runs/${run}`, adminToken);
      await page.getByText("live", { exact: true }).waitFor();
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      const began_ms = performance.now();
      for (let done = 1; done < count; done += 1) {
        await play(1);
        // Each is known before the next begins: however many streams it takes, none is missed.
        await page.getByText(`${done} of ${count} tasks done`).waitFor({ timeout: 10_000 });
        await page.getByRole("application", { name: new RegExp(`^Timeline: ${done} attempts? on 1 worker`) }).waitFor();
      }
      const took_s = (performance.now() - began_ms) / 1000;
      expect(proxy.asked("/events")).toBeGreaterThan(2);
      // Each goes on after the last event that was seen: what is told twice would change nothing here, and cost all the more.
      const places = proxy.askedAfter("/events").map(Number);
      expect(
        places.every((place, at) => Number.isSafeInteger(place) && place >= (places[at - 1] ?? 0)),
        String(places),
      ).toBe(true);
      expect(new Set(places).size, String(places)).toBeGreaterThan(1);
      // A cut asks for the stream again, and for nothing else.
      expect(proxy.asked("/events")).toBeLessThan(took_s * 2 + 5);
      expect(proxy.asked("/chart")).toBe(1);
      expect(proxy.asked("/failures")).toBe(1);
      expect(proxy.asked(`/runs/${run}`)).toBeLessThan(took_s / 15 + 3);
      await play(1);
      await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
      await page.getByRole("application", { name: new RegExp(`^Timeline: ${count} attempts on 1 worker`) }).waitFor();
      expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
      expect(faults.filter((fault) => !fault.startsWith("console"))).toEqual([]);
      await page.context().close();
    }, 180_000);

    test("the list of runs is asked for once and told the rest, through a proxy that cuts its stream as well", async () => {
      for (const cut_ms of [undefined, 1000]) {
        const shownAt = cut_ms === undefined ? at.address : (await startCuttingProxy(at.address, cut_ms)).address;
        const key = `told-${cut_ms ?? "whole"}`;
        const { page, faults } = await openSignedIn(browser, shownAt, "/?branch=fix", adminToken);
        let asked = 0;
        page.on("request", (request) => {
          if (/\/api\/v1\/runs\?/.test(request.url())) asked += 1;
        });
        await page.getByText("live", { exact: true }).waitFor();
        await submit(`${key}-elsewhere`, 1);
        await submit(key, 3, "fix");
        await page.getByRole("row", { name: new RegExp(`^${key} running 3 tasks, 3 open`) }).waitFor();
        // The other one comes first, and is on no branch.
        await play(2);
        await page.getByRole("row", { name: new RegExp(`^${key} running 3 tasks, 2 open`) }).waitFor();
        await play(2);
        await page.getByRole("row", { name: new RegExp(`^${key} passed 3 tasks`) }).waitFor();
        expect(await page.getByRole("row", { name: /-elsewhere/ }).count()).toBe(0);
        expect(asked).toBe(0);
        expect(faults.filter((fault) => cut_ms === undefined || !fault.startsWith("console"))).toEqual([]);
        await page.context().close();
      }
    }, 120_000);

    test("a token that expires while somebody looks leaves the page as it was, and it goes on when they sign in again", async () => {
      const run = await submit("expiring", 3);
      await play(1);
      const made = await post("tokens", { name: "short", scope: "read", days: 1 });
      // A day less some seconds goes by.
      ahead_ms = day_ms - 12_000;
      onTestFinished(() => void (ahead_ms = 0));
      const { page, faults } = await openSignedIn(browser, at.address, `/runs/${run}`, (made.body as { secret: string }).secret);
      await page.getByText("1 of 3 tasks done").waitFor();
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
      await expectAccessible(page);
      await play(1);
      await page.getByLabel("Token").fill(adminToken);
      await page.keyboard.press("Enter");
      await page.getByText("2 of 3 tasks done").waitFor();
      await page.getByText("live", { exact: true }).waitFor();
      await play(1);
      await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
      expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
      expect(faults).toEqual([]);
      await page.context().close();
    }, 120_000);

    test("when one cancels a run that another just set going again, both see the same", async () => {
      const run = await submit("two-people", 2);
      await play(2, "failed");
      const [ada, bob] = [
        await openSignedIn(browser, at.address, `/runs/${run}`, adminToken),
        await openSignedIn(browser, at.address, `/runs/${run}`, adminToken),
      ];
      const statusOf = (page: Page, status: string) => page.getByRole("heading", { level: 1 }).getByText(status).waitFor();
      await statusOf(ada.page, "failed");
      await ada.page.getByRole("button", { name: "Re-run failed" }).click();
      await bob.page.getByRole("button", { name: "Re-run failed" }).click();
      await ada.page.getByRole("button", { name: "Run again" }).click();
      await statusOf(ada.page, "running");
      await ada.page.getByRole("button", { name: "Cancel" }).click();
      // At the same moment: whichever comes first, the other is told, and both end with what the coordinator says.
      await Promise.all([
        ada.page.getByRole("button", { name: "Cancel the run" }).click(),
        bob.page.getByRole("button", { name: "Run again" }).click(),
      ]);
      await expect.poll(() => ada.page.getByRole("dialog").count(), { timeout: patience_ms }).toBe(0);
      if ((await bob.page.getByRole("alert").count()) > 0) await bob.page.getByRole("button", { name: "Leave it" }).click();
      const status = ((await get(`runs/${run}`))["verdict"] as string | undefined) ?? "running";
      expect(["running", "cancelled"]).toContain(status);
      for (const { page } of [ada, bob]) await statusOf(page, status);
      await post(`runs/${run}/cancel`, {});
      for (const { page, faults } of [ada, bob]) {
        await statusOf(page, "cancelled");
        expect(faults).toEqual([]);
        await page.context().close();
      }
    }, 120_000);
  },
);
