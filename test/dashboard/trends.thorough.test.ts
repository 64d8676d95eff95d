import { afterAll, beforeAll, expect, test } from "vitest";
import type { Coordinator } from "../../server/src/coordinator.ts";
import { Coordinators, adminToken, call, newWorker, playRun } from "../../server/src/testing/coordinators.ts";
import { seededNormal } from "../../server/src/testing/noise.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { expectAccessible, expectAccessibleEveryWay, openSignedIn } from "./watched-page.ts";

const hour_ms = 3_600_000;
const hostile = "<img src=x onerror=alert(1)>";
const commits = 70;
/** After the change there are two commits between two measurements: it may come from either. */
const changed = 40;

describeInBrowsers("pages of trends", (browser) => {
  const coordinators = new Coordinators();
  let coordinator: Coordinator;

  beforeAll(async () => {
    coordinator = await coordinators.start("a");
    await measure("main", ["slower", hostile, "steady", "also steady"]);
    await measure("attempt", ["elsewhere"]);
    const judged = await call(coordinator, "POST", "/api/v1/trends/judge", { wait_ms: 60_000 });
    expect(judged.body).toMatchObject({ settled: true });
    const worker = await newWorker(coordinator);
    for (const key of ["one", "two"]) await playRun(coordinator, worker, key, ["a.test.js", `${hostile}.test.js`]);
  }, 120_000);
  afterAll(async () => {
    await coordinators[Symbol.asyncDispose]();
  });

  /** What some series measured at each of some commits, an hour apart; the first takes a third more from one of them on. */
  async function measure(branch: string, names: readonly string[]): Promise<void> {
    const began_ms = Date.now() - (commits + 1) * hour_ms;
    const noise = names.map((_, at) => seededNormal(at + 1));
    const all = Array.from({ length: commits }, (_, at) => at);
    const answer = await call(coordinator, "POST", "/api/v1/metrics", {
      upload: `upload-of-${branch}`,
      part: 0,
      last: true,
      sources: all.map((commit) => ({
        at_ms: began_ms + commit * hour_ms,
        hardware_class: "linux-x64-2cpu",
        commit: `c${commit}`,
        branch,
        machine: "m1",
      })),
      points: all.flatMap((commit, source) =>
        names.map((name, at) => ({
          source,
          test: "bench:sort",
          case: name,
          name: "latency",
          unit: name === hostile ? hostile : "ms",
          better: "lower",
          value: (name === "slower" && commit >= changed ? 133 : 100) + (noise[at]?.() ?? 0),
        })),
      ),
    });
    expect(answer.status).toBe(200);
  }

  const openAs = (token: string, path: string) => openSignedIn(browser(), coordinator.address, path, token);

  test("a series is found, and shows its levels, where it changed, and the commits", async () => {
    const { page, faults } = await openAs(adminToken, "/trends?test=nothing");
    await page.getByText("No series is like that").waitFor();
    await page.getByLabel("Test", { exact: true }).fill("*slower*");
    await page.getByRole("link", { name: "bench:sort > slower" }).waitFor();
    expect(await page.getByRole("link", { name: "bench:sort > steady" }).count()).toBe(0);
    await page.getByLabel("Test", { exact: true }).fill("bench:sort");
    await page.getByRole("link", { name: "bench:sort > also steady" }).waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByRole("link", { name: "bench:sort > slower" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("img", { name: `${commits} points, 1 change` }).waitFor();
    expect(await page.locator(".trend-picture .place.regression").count()).toBe(1);
    const row = page.getByRole("group", { name: "Changes" }).getByRole("row").nth(1);
    expect(await row.textContent()).toMatch(/got worse\+3[23](\.\d)? %/);
    await page.getByText(`c${changed}`, { exact: true }).first().waitFor();
    expect(await page.getByRole("group", { name: "Levels" }).getByRole("row").count()).toBe(3);
    await expectAccessibleEveryWay(page);

    await page.goBack();
    await page.getByRole("link", { name: `bench:sort > ${hostile}` }).click();
    await page.getByText("Its level has not changed").waitFor();
    await page.getByRole("img", { name: `${commits} points, 0 changes` }).waitFor();
    expect(await page.locator("main img, .trend-picture svg img").count()).toBe(0);
    await expectAccessibleEveryWay(page);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("a series that no watched branch has tells where it was measured", async () => {
    const { page, faults } = await openAs(adminToken, "/trends?test=*elsewhere*");
    await page.getByRole("link", { name: "bench:sort > elsewhere" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByRole("link", { name: "attempt", exact: true }).click();
    await page.getByRole("img", { name: `${commits} points, 0 changes` }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 120_000);

  test("an alert is acknowledged, said to be none and opened again, and who may only read is offered none of it", async () => {
    const { page, faults } = await openAs(adminToken, "/alerts");
    await page.getByRole("link", { name: "1 series got worse" }).waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByRole("link", { name: "1 series got worse" }).click();
    await page.getByRole("link", { name: "bench:sort > slower" }).waitFor();
    await expectAccessibleEveryWay(page);
    const { body: token } = await call(coordinator, "POST", "/api/v1/tokens", { name: "looker", scope: "read" });
    const looker = await openAs(token.secret as string, new URL(page.url()).pathname);
    await looker.page.getByRole("link", { name: "bench:sort > slower" }).waitFor();
    expect(await looker.page.getByRole("button", { name: /Acknowledge|Say it|Open again/ }).count()).toBe(0);

    // Keys are for the window in front.
    await page.bringToFront();
    await page.getByRole("button", { name: "Acknowledge" }).press("Enter");
    await page.getByLabel("Note").fill("<b>seen</b>");
    await expectAccessible(page);
    await page.keyboard.press("Enter");
    await page.getByText("<b>seen</b>").waitFor();
    const stored = async () => (await call(coordinator, "GET", "/api/v1/trends/alerts")).body.alerts[0] as object;
    expect(await stored()).toMatchObject({ state: "acknowledged", by: "admin", note: "<b>seen</b>" });
    // The other one sees it without doing anything.
    await looker.page.getByText("<b>seen</b>").waitFor();
    await page.getByRole("button", { name: "Say it is none" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave it" }).click();
    expect(await stored()).toMatchObject({ state: "acknowledged" });
    await page.getByRole("button", { name: "Say it is none" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Say it is none" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("invalid").waitFor();
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByText("No alert is like that").waitFor();
    await page.getByLabel("State").selectOption("invalid");
    await page.getByRole("link", { name: "1 series got worse" }).click();
    await page.getByRole("button", { name: "Open again" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Open again" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("open", { exact: true }).waitFor();
    expect(await stored()).toMatchObject({ state: "open" });
    for (const watched of [{ page, faults }, looker]) {
      expect(watched.faults).toEqual([]);
      await watched.page.context().close();
    }
  }, 180_000);

  test("analytics tell where time goes, day by day, and teach where there is nothing", async () => {
    const { page, faults } = await openAs(adminToken, "/analytics");
    await page.getByRole("img", { name: /^What machines spent each day/ }).waitFor();
    await page.getByText("2, 2 of them passed").waitFor();
    await expectAccessibleEveryWay(page);
    await page.getByLabel("Looked at").selectOption("7");
    for (const [part, wanted] of [
      ["Slowest tests", `${hostile}.test.js`],
      ["Fleet", "Of all projects"],
      ["Cost", "No prices are set"],
      ["Flaky", "No file was flaky in these days"],
      ["Failures", "Nothing failed in these days"],
    ] as const) {
      await page.getByRole("button", { name: part, exact: true }).click();
      await page.getByText(wanted).first().waitFor();
      await expectAccessibleEveryWay(page);
    }
    expect(new URL(page.url()).search).toContain("days=7");
    await page.goto(`${coordinator.address}/analytics?days=0`);
    await page.getByRole("alert").waitFor();
    await page.goto(`${coordinator.address}/analytics?project=unheard-of`);
    await page.getByText("No run has ended in these days").waitFor();
    await page.goto(`${coordinator.address}/trends?project=unheard-of`);
    await page.getByText("Nothing is measured of unheard-of yet").waitFor();
    await page.goto(`${coordinator.address}/alerts?project=unheard-of&state=any`);
    await page.getByText("No alert of unheard-of yet").waitFor();
    await expectAccessible(page);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);
});
