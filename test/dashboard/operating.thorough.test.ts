import type { Lease } from "@shardwright/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Coordinator } from "../../server/src/coordinator.ts";
import { Coordinators, adminToken, call, newWorker, playRun } from "../../server/src/testing/coordinators.ts";
import { eventsOf, submissionOf } from "../../server/src/testing/world.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { expectAccessible, expectAccessibleEveryWay, openPage, openSignedIn, patience_ms } from "./watched-page.ts";

const hostile = "<img src=x onerror=alert(1)>.test.js";
const context = { branch: "main", commit: "c0ffee0000", provider: "github", actor: "ada" };

describeInBrowsers("pages for operators", (browser) => {
  const coordinators = new Coordinators();
  let coordinator: Coordinator;
  let worker: string;
  let heartbeats: ReturnType<typeof setInterval> | undefined;
  let beating: Promise<unknown> = Promise.resolve();

  beforeAll(async () => {
    coordinator = await coordinators.start("a");
    worker = await newWorker(coordinator);
    const two = await newWorker(coordinator, "two");
    // As workers do that are there: else they are taken for lost while somebody looks at them.
    heartbeats = setInterval(() => {
      const beat = (of: string) => call(coordinator, "POST", `/api/v1/workers/${of}/heartbeat`, { fences: [] });
      beating = Promise.all([beating, beat(worker), beat(two)]);
    }, 2000);
    for (const key of ["one", "two", "three"]) await playRun(coordinator, worker, key, ["a.test.js", hostile], { context });
    await flip("four");
  }, 120_000);
  afterAll(async () => {
    clearInterval(heartbeats);
    await beating;
    await coordinators[Symbol.asyncDispose]();
  });

  /** A run whose one file fails first and then passes. */
  async function flip(run_key: string): Promise<void> {
    await call(coordinator, "POST", "/api/v1/runs", submissionOf([hostile], { run_key, context }));
    for (const outcome of ["failed", "passed"] as const) {
      const path = `/api/v1/workers/${worker}`;
      const { leases } = (await call(coordinator, "POST", `${path}/leases`, { slots: 1, wait_ms: 10_000 })).body;
      await call(coordinator, "POST", `${path}/results`, { events: eventsOf(leases[0], 0, outcome) });
    }
  }

  const openAs = (token: string, path: string) => openSignedIn(browser(), coordinator.address, path, token);

  test("a test's page tells how it fared, and puts it into quarantine and takes it out, by the keyboard", async () => {
    const { page, faults } = await openAs(adminToken, "/tests");
    await page.getByRole("link", { name: `${hostile} > works` }).waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByRole("link", { name: `${hostile} > works` }).click();
    await page.getByText("in 1 of 4 runs").waitFor();
    await page.getByRole("img", { name: /^5 attempts, 1 of which did not pass/ }).waitFor();
    await expectAccessibleEveryWay(page);

    await page.getByRole("button", { name: "Put into quarantine" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("button", { name: "Put into quarantine" }).press("Enter");
    await page.getByLabel("Who sees to it").fill("ada");
    await page.getByLabel("Why").fill("<b>#12</b>");
    await page.keyboard.press("Enter");
    await page.getByText("<b>#12</b>").waitFor();
    const { body } = await call(coordinator, "GET", "/api/v1/quarantine");
    expect(body.entries).toMatchObject([{ test: `${hostile} > works`, owner: "ada" }]);
    await page.getByRole("button", { name: "Take out of quarantine" }).click();
    await page.getByRole("button", { name: "Take it out" }).click();
    await page.getByRole("button", { name: "Put into quarantine" }).waitFor();
    await page.getByRole("link", { name: hostile }).first().click();
    await page.getByRole("group", { name: "Each test of the file" }).waitFor();
    await expectAccessibleEveryWay(page);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 120_000);

  test("of two people who act on one worker each sees what the other did, and who may only read is offered nothing", async () => {
    const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "looker", scope: "read" });
    const ada = await openAs(adminToken, "/workers");
    await ada.page.getByRole("link", { name: "one", exact: true }).waitFor();
    await expectAccessibleEveryWay(ada.page);
    await ada.page.getByRole("link", { name: "one", exact: true }).click();
    const bob = await openAs(adminToken, `/workers/${worker}`);
    const looker = await openAs(token.secret as string, `/workers/${worker}`);
    await looker.page.getByRole("group", { name: "Attempts that it made" }).waitFor();
    expect(await looker.page.getByRole("button", { name: /Drain|Quarantine/ }).count()).toBe(0);
    expect(await looker.page.getByRole("link", { name: "Settings" }).count()).toBe(0);
    await expectAccessibleEveryWay(ada.page);

    await ada.page.getByRole("button", { name: "Quarantine", exact: true }).click();
    await ada.page.getByLabel("Why").fill("a noisy fan");
    await expectAccessible(ada.page);
    await ada.page.getByRole("button", { name: "Quarantine the worker" }).click();
    await bob.page.getByText("a noisy fan").waitFor();
    await bob.page.getByRole("button", { name: "Release" }).click();
    await bob.page.getByRole("button", { name: "Release the worker" }).click();
    await ada.page.getByText("a noisy fan").waitFor({ state: "detached" });
    // Both want it drained: the second finds that it has gone.
    await ada.page.getByRole("button", { name: "Drain", exact: true }).click();
    await bob.page.getByRole("button", { name: "Drain", exact: true }).click();
    await ada.page.getByRole("button", { name: "Drain the worker" }).click();
    await call(coordinator, "DELETE", `/api/v1/workers/${worker}`);
    await bob.page.getByRole("button", { name: "Drain the worker" }).click();
    await bob.page.getByText("is not there any more").waitFor();
    await ada.page.getByText("left", { exact: true }).waitFor();
    for (const { page, faults } of [ada, bob, looker]) {
      expect(faults).toEqual([]);
      await page.context().close();
    }
  }, 120_000);

  test("the cluster and the settings are shown, changed, and told of in the audit log", async () => {
    const { page, faults } = await openAs(adminToken, "/cluster");
    await page.getByRole("group", { name: "All members" }).waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByLabel("Whose it is").fill("<i>eve</i>");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByText(/^swt_/).waitFor();
    await page.getByRole("button", { name: "I have it" }).click();
    await page.getByRole("rowheader", { name: "<i>eve</i>" }).waitFor();
    expect(await page.content()).not.toContain("swt_");
    await expectAccessibleEveryWay(page);
    await page.getByRole("button", { name: "Revoke <i>eve</i>" }).click();
    await page.getByRole("button", { name: "Revoke it" }).click();
    await page.getByText("revoked", { exact: true }).waitFor();

    await page.getByRole("button", { name: "Configuration" }).click();
    await page.getByRole("button", { name: "Change open-runs" }).click();
    await page.getByLabel("Value").fill("0");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.getByRole("alert").getByText("open-runs").first().waitFor();
    await page.getByLabel("Value").fill("77");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.getByRole("cell", { name: "77", exact: true }).waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByRole("button", { name: "Quotas, signing in, plugins" }).click();
    await page.getByText("No project has a quota").waitFor();
    await page.getByText("People sign in with tokens alone").waitFor();
    await page.getByText("Nobody is told of alerts").waitFor();
    await page.getByRole("rowheader", { name: "shardwright", exact: true }).waitFor();
    await expectAccessibleEveryWay(page);
    await call(coordinator, "PUT", "/api/v1/configuration/quota", { value: ["nightly=8"] });
    await page.getByRole("row", { name: "nightly 8 0" }).waitFor();
    expect(await page.getByText("No project has a quota").count()).toBe(0);
    await page.getByRole("button", { name: "Audit log" }).click();
    await page.getByText("open-runs = 77").waitFor();
    await page.getByText("refused").first().waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByLabel("Action").selectOption("token.revoke");
    await expect.poll(() => page.getByRole("row").count(), { timeout: patience_ms }).toBe(2);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 120_000);

  test("of a timeline of many rows the canvas is as large as what is seen, and shows each row when it is scrolled to", async () => {
    const slots = 40;
    const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} };
    const registration = { name: "wide", instance: "instance-of-wide", slots, capabilities, version: "1" };
    const { body: wide } = await call(coordinator, "POST", "/api/v1/workers", registration);
    const path = `/api/v1/workers/${wide.worker}`;
    const files = Array.from({ length: slots }, (_, at) => `${String(at).padStart(2, "0")}.test.js`);
    const { body: submitted } = await call(
      coordinator,
      "POST",
      "/api/v1/runs",
      submissionOf(files, { run_key: "wide", context }),
    );
    const { leases } = (await call(coordinator, "POST", `${path}/leases`, { slots, wait_ms: 10_000 })).body;
    expect(leases).toHaveLength(slots);
    for (const lease of leases as Lease[])
      for (const { task } of lease.tasks)
        await call(coordinator, "POST", `${path}/results`, { events: eventsOf(lease, task, "passed", 60_000) });
    const { page, faults } = await openAs(adminToken, `/runs/${submitted.run}`);
    const canvas = page.getByRole("application", { name: /^Timeline: \d+ attempts on 1 worker\./ });
    await canvas.waitFor();
    const shown = () =>
      page.locator(".stage").evaluate((stage) => {
        const [picture] = stage.getElementsByTagName("canvas");
        return {
          canvas_px: picture?.height ?? 0,
          seen_px: stage.clientHeight,
          picture_px: stage.scrollHeight,
          top_px: (picture?.getBoundingClientRect().top ?? 0) - stage.getBoundingClientRect().top,
        };
      });
    await expect.poll(async () => (await shown()).canvas_px, { timeout: patience_ms }).toBeGreaterThan(300);
    const { canvas_px, seen_px, picture_px } = await shown();
    expect(canvas_px).toBe(seen_px);
    expect(picture_px).toBeGreaterThan(40 * 20);
    await page.locator(".stage").evaluate((stage) => stage.scrollTo({ top: stage.scrollHeight }));
    expect((await shown()).top_px).toBe(0);
    // Along the last row until its bar is met.
    const box = await canvas.boundingBox();
    const tip = page.locator(".tip-file").getByText("39.test.js");
    await expect
      .poll(
        async () => {
          for (let x = 130; x < (box?.width ?? 0); x += 6) {
            await canvas.hover({ position: { x, y: seen_px - 16 }, force: true });
            if ((await tip.count()) > 0) return true;
          }
          return false;
        },
        { timeout: 2 * patience_ms },
      )
      .toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("the API's own page keeps nobody out, and breaks no policy", async () => {
    const { page, faults } = await openPage(browser(), coordinator.address, "/api/v1/docs");
    await page.getByRole("heading", { level: 1 }).waitFor();
    for (const summary of await page
      .locator("summary")
      .all()
      .then((all) => all.slice(0, 5)))
      await summary.click();
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 700 });
    await page.emulateMedia({ colorScheme: "dark" });
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 60_000);
});
