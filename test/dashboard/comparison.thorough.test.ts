import { afterAll, beforeAll, expect, test } from "vitest";
import type { Coordinator } from "../../server/src/coordinator.ts";
import { Coordinators, adminToken, call } from "../../server/src/testing/coordinators.ts";
import { seededNormal } from "../../server/src/testing/noise.ts";
import { submissionOf } from "../../server/src/testing/world.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { expectAccessibleEveryWay, openSignedIn } from "./watched-page.ts";

const hour_ms = 3_600_000;
const hostile = "<img src=x onerror=alert(1)>";
const each = 30;
const commitOf = (place: number) => place.toString(16).padStart(40, "a");
/** From here on what is called "bench:slower" takes half as long again. */
const changed = 15;
/** What takes how long in which browser; one of them is a name with HTML. */
const levels: readonly (readonly [test: string, browser: string, level: number])[] = [
  ["bench:sort", "chromium", 100],
  ["bench:sort", "firefox", 150],
  ["bench:sort", hostile, 60],
  ["bench:join", "chromium", 20],
  ["bench:join", "firefox", 20],
  ["bench:slower", "chromium", 40],
  [`bench:${hostile}`, "chromium", 10],
  [`bench:${hostile}`, "firefox", 8],
  [`bench:${hostile}`, hostile, 11],
];

describeInBrowsers("trends compared", (browser) => {
  const coordinators = new Coordinators();
  let coordinator: Coordinator;

  beforeAll(async () => {
    coordinator = await coordinators.start("a");
    const noise = seededNormal(7);
    const at = Array.from({ length: each }, (_, place) => place);
    const answer = await call(coordinator, "POST", "/api/v1/metrics", {
      upload: "browsers-compared",
      part: 0,
      last: true,
      sources: at.map((place) => ({
        at_ms: Date.now() - (each + 1 - place) * hour_ms,
        hardware_class: "linux-x64-2cpu",
        commit: commitOf(place),
        branch: "main",
      })),
      points: at.flatMap((source) =>
        levels.map(([name, kind, level]) => ({
          source,
          test: name,
          case: "rows",
          name: "latency",
          unit: "ms",
          better: "lower",
          dimensions: { browser: kind },
          value: level * (name === "bench:slower" && source >= changed ? 1.5 : 1) * (1 + 0.02 * noise()),
        })),
      ),
    });
    expect(answer.body).toMatchObject({ complete: true });
  }, 120_000);
  afterAll(() => coordinators[Symbol.asyncDispose]());

  test("each browser is put beside the first: coloured where it is sure, in words for those who see no colours", async () => {
    const { page, faults } = await openSignedIn(browser(), coordinator.address, "/trends", adminToken);
    await page.getByRole("button", { name: "Comparison" }).press("Enter");
    await page.getByText("There is only one: linux-x64-2cpu").waitFor();
    await page.getByLabel("Every").fill("browser");
    await page.getByRole("heading", { name: /Compared with chromium/ }).waitFor();
    await page.getByText("2 metrics of <img src=x onerror=alert(1)> or of chromium not measured under both.").waitFor();
    const rows = page.getByRole("group", { name: "Comparison" }).getByRole("row");
    const cells = async (place: number) => await rows.nth(place).getByRole("cell").allTextContents();
    expect(await rows.first().getByRole("columnheader").allTextContents()).toEqual(["Test", "chromium", "firefox", hostile]);
    expect(await rows.nth(2).getByRole("rowheader").textContent()).toContain("bench:sort > rows");
    const [own, firefox, other] = await cells(2);
    expect(own).toMatch(/^(99|100|101)(\.\d+)? ms$/);
    expect(firefox).toMatch(/^×1\.(49|50|51) .*worse$/);
    expect(other).toMatch(/^×0\.(59|60|61) .*better$/);
    expect(await page.locator("td.heat.worse-3, td.heat.better-3").count()).toBe(2);
    const join = rows.filter({ hasText: "bench:join" });
    expect((await join.getByRole("cell").allTextContents()).slice(1)).toEqual([
      expect.stringMatching(/no sure difference$/),
      "–",
    ]);
    expect(await join.locator(".heat").count()).toBe(0);
    expect(await page.locator("main img").count()).toBe(0);
    await expectAccessibleEveryWay(page);

    await page.getByLabel("Beside").fill("firefox");
    await page.getByRole("heading", { name: /Compared with firefox/ }).waitFor();
    expect((await cells(2))[1]).toMatch(/^×0\.(66|67) .*better$/);
    await page.getByLabel("Or just these").fill("browser=chromium; browser=firefox");
    await page.getByRole("heading", { name: /Compared with browser=chromium/ }).waitFor();
    expect(new URL(page.url()).searchParams.get("of")).toBe("browser=chromium; browser=firefox");
    await page.getByLabel("Or just these").fill("browser=chromium");
    await page.getByRole("alert").getByText("name a second one").waitFor();
    await page.reload();
    await page.getByRole("alert").getByText("name a second one").waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("commits lead to where they can be looked at, as the newest run's CI system says", async () => {
    const home = "https://git.example/acme/shop";
    const context = { provider: "gitlab", repository: "acme/shop", build_url: `${home}/-/jobs/7`, commit: commitOf(1) };
    const { body } = await call(coordinator, "POST", "/api/v1/runs", submissionOf(["a.test.js"], { context }));
    const { page, faults } = await openSignedIn(browser(), coordinator.address, "/trends?test=bench:slower", adminToken);
    await page.getByRole("link", { name: "bench:slower > rows" }).click();
    const link = page.getByRole("link", { name: commitOf(changed) });
    await link.waitFor();
    expect(await link.getAttribute("href")).toBe(`${home}/commit/${commitOf(changed)}`);
    await page.goto(`${coordinator.address}/runs/${body.run as string}`);
    const own = page.getByRole("link", { name: commitOf(1).slice(0, 12) });
    await own.waitFor();
    expect(await own.getAttribute("href")).toBe(`${home}/commit/${commitOf(1)}`);
    expect(await page.getByRole("link", { name: "acme/shop" }).getAttribute("href")).toBe(home);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("noise tells from which change on a series shows one, and a series between which values the next points will be", async () => {
    const { page, faults } = await openSignedIn(browser(), coordinator.address, "/trends?part=noise", adminToken);
    const rows = page.getByRole("group", { name: "Noise" }).getByRole("row");
    await rows.nth(levels.length).waitFor();
    const { body } = await call(coordinator, "GET", "/api/v1/trends/analysis?limit=50");
    const least = (body.analyses as { noise: { minimum_detectable: number } }[]).map(({ noise }) => noise.minimum_detectable);
    // The noisiest first.
    const shown = await rows.locator("td:nth-of-type(4)").allTextContents();
    expect(shown.map((text) => Number.parseFloat(text))).toEqual(
      least.toSorted((one, other) => other - one).map((share) => Number((100 * share).toPrecision(2))),
    );
    await expectAccessibleEveryWay(page);
    await rows.getByRole("link", { name: "bench:sort > rows" }).first().click();
    await page.getByText(/The next point is expected between \d+(\.\d+)? ms and \d+(\.\d+)? ms\./).waitFor();
    expect(await page.locator(".trend-picture path.outlook").count()).toBe(1);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);
});
