/**
 * Makes the pictures of the dashboard in `docs/images/dashboard-*.png`, by a real browser: of a coordinator with three workers that ran a small
 * suite of node:test some times, one test of which is flaky and one fails at last. What a benchmark measured over two weeks is sent to it as
 * another tool would send it: nobody waits so long for a picture. Run by hand, when what pages look like has changed.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { seededNormal } from "../server/src/testing/noise.ts";
import { launchChromium } from "../test/chromium.ts";
import { type Fleet, adminToken, startFleet } from "../test/cli/fleet.ts";
import { signIn } from "../test/dashboard/watched-page.ts";
import { savePicture, schemes } from "./picture-file.ts";

const project = "shop";

/** Files of the suite, and how long their tests take. */
const durations_ms = { cart: 900, catalog: 500, checkout: 1400, invoice: 300, login: 700, prices: 400, search: 1100, stock: 600 };

function writeSuite(folder: string): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", scripts: { test: "node --test" } }));
  mkdirSync(join(folder, "test"));
  for (const [name, wait_ms] of Object.entries(durations_ms)) writeTest(folder, name, `await wait(${wait_ms});`);
  // Its first attempt in each run fails: the marker is there from then until the run is over.
  const marker = JSON.stringify(join(folder, ".tried"));
  writeTest(
    folder,
    "payment",
    `await wait(400); const again = existsSync(${marker}); writeFileSync(${marker}, ""); assert.ok(again, "the bank did not answer in time");`,
  );
}

function writeTest(folder: string, name: string, body: string): void {
  const text = `import test from "node:test";
import assert from "node:assert";
import { existsSync, writeFileSync } from "node:fs";
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
test("${name} works", async () => { ${body} });
test("${name} refuses what is empty", async () => { await wait(60); });
`;
  writeFileSync(join(folder, "test", `${name}.test.mjs`), text);
}

const git = (folder: string, ...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: folder, stdio: "ignore" });

/** Runs the suite as CI would. @returns the run's id */
async function runSuite(fleet: Fleet, folder: string, key: string): Promise<string> {
  rmSync(join(folder, ".tried"), { force: true });
  git(folder, "add", "test", "package.json");
  git(folder, "commit", "--allow-empty", "-m", key);
  const { output } = await fleet.toEnd(["run", "--run-key", key, "--project", project, "--max-retries", "1"], { cwd: folder });
  const { runs } = (await fleet.call("GET", `runs?run_key=${key}&project=${project}`)) as { runs: { id: string }[] };
  const [run] = runs;
  if (run === undefined) throw new Error(`the suite did not run: ${output}`);
  return run.id;
}

const hour_ms = 3_600_000;
/** Looks like a commit, and differs from its first digits on. */
const commitHash = (at: number) => createHash("sha1").update(`commit ${at}`).digest("hex");

/** What a benchmark measured, one commit after the other, on two machines; from one of them on two of its cases take longer. */
async function sendMeasurements(fleet: Fleet): Promise<void> {
  const all = Array.from({ length: 90 }, (_, at) => at);
  const began_ms = Date.now() - (all.length + 1) * 4 * hour_ms;
  const cases = ["sorts 10,000 rows", "joins two tables", "parses an order", "renders a page"];
  const noises = cases.map((_, at) => seededNormal(at + 1));
  await fleet.call("POST", "metrics", {
    project,
    upload: "benchmark",
    part: 0,
    last: true,
    sources: all.map((at) => ({
      at_ms: began_ms + at * 4 * hour_ms,
      hardware_class: "linux-x64-8cpu",
      commit: commitHash(at),
      branch: "main",
      machine: `bench-${(at % 2) + 1}`,
    })),
    points: all.flatMap((at) =>
      cases.map((name, place) => {
        const level = 40 + 35 * place;
        const isSlower = place < 2 && at >= 61;
        const isFaster = place === 3 && at >= 30;
        const value = level * (isSlower ? 1.24 - 0.09 * place : isFaster ? 0.8 : 1) * (1 + 0.02 * (noises[place]?.() ?? 0));
        return { source: at, test: "bench:orders", case: name, name: "latency", unit: "ms", better: "lower", value };
      }),
    ),
  });
  await fleet.call("POST", "trends/judge", { project, wait_ms: 60_000 });
  await sendBrowsers(fleet);
}

/** What pages take in three browsers. */
async function sendBrowsers(fleet: Fleet): Promise<void> {
  const all = Array.from({ length: 20 }, (_, at) => at);
  const noise = seededNormal(9);
  const levels_ms = {
    "opens the cart": { chromium: 240, firefox: 310, webkit: 245 },
    "searches for a lamp": { chromium: 120, firefox: 118, webkit: 96 },
    "pays by card": { chromium: 410, firefox: 414, webkit: 520 },
    "signs in": { chromium: 180, firefox: 176, webkit: 182 },
  };
  const entries = Object.entries(levels_ms).flatMap(([name, of]) =>
    Object.entries(of).map(([browser, level_ms]) => ({ name, browser, level_ms })),
  );
  await fleet.call("POST", "metrics", {
    project,
    upload: "browsers",
    part: 0,
    last: true,
    sources: all.map((at) => ({
      at_ms: Date.now() - (all.length + 1 - at) * hour_ms,
      hardware_class: "linux-x64-8cpu",
      commit: commitHash(at),
      branch: "main",
      machine: "bench-1",
    })),
    points: all.flatMap((source) =>
      entries.map(({ name, browser, level_ms }) => ({
        source,
        test: "page:shop",
        case: name,
        name: "load",
        unit: "ms",
        better: "lower",
        dimensions: { browser },
        value: level_ms * (1 + 0.03 * noise()),
      })),
    ),
  });
}

interface Picture {
  readonly name: string;
  readonly path: string;
  /** What is there when the page is complete. */
  readonly until: string;
  readonly height?: number;
  /** Where the picture begins, if not at the top. */
  readonly from?: string;
}

async function picturesOf(fleet: Fleet, run: string): Promise<readonly Picture[]> {
  const { workers } = (await fleet.call("GET", "workers")) as { workers: { id: string }[] };
  const { series } = (await fleet.call("GET", `trends/series?project=${project}&test=*sorts*`)) as { series: { id: number }[] };
  const { alerts } = (await fleet.call("GET", `trends/alerts?project=${project}&judgement=regression`)) as {
    alerts: { id: string }[];
  };
  const chart = (await fleet.call("GET", `runs/${run}/chart`)) as { tasks: { file: string[] } };
  const failed = chart.tasks.file.findIndex((file) => file.includes("invoice"));
  const of = `project=${project}`;
  return [
    { name: "runs", path: "/", until: "table" },
    { name: "run", path: `/runs/${run}`, until: "canvas", height: 860 },
    { name: "timeline", path: `/runs/${run}`, until: "canvas", height: 460, from: "section[aria-label=Timeline]" },
    { name: "task", path: `/runs/${run}/tasks/${failed}`, until: "section" },
    { name: "tests", path: `/tests?${of}`, until: "section, table", height: 420 },
    { name: "test", path: `/test?${of}&key=${encodeURIComponent("node-test:test/payment.test.mjs")}`, until: "table" },
    { name: "workers", path: "/workers", until: "table", height: 460 },
    { name: "worker", path: `/workers/${workers[0]?.id}`, until: "table", height: 720, from: "section[aria-label=Health]" },
    { name: "cluster", path: "/cluster", until: "table" },
    { name: "settings", path: "/settings?part=configuration", until: "table", height: 560 },
    { name: "trends", path: `/trends?${of}&test=bench:orders`, until: "table", height: 420 },
    { name: "comparison", path: `/trends?${of}&part=comparison&by=browser`, until: ".heat", height: 760 },
    { name: "noise", path: `/trends?${of}&part=noise&test=bench:orders`, until: "table", height: 560 },
    { name: "series", path: `/trends/${series[0]?.id}?${of}`, until: ".trend-picture .place", height: 900 },
    { name: "alerts", path: `/alerts?${of}&state=any`, until: "table", height: 420 },
    { name: "alert", path: `/alerts/${alerts[0]?.id}?${of}`, until: "table", height: 700 },
    { name: "analytics", path: `/analytics?${of}&days=7`, until: ".day-bars svg", height: 720 },
  ];
}

async function takePictures(browser: Browser, fleet: Fleet, pictures: readonly Picture[]): Promise<void> {
  for (const colorScheme of schemes) {
    const context = await browser.newContext({ colorScheme, deviceScaleFactor: 1, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(fleet.address);
    await signIn(page, adminToken);
    for (const { name, path, until, height = 800, from } of pictures) {
      await page.setViewportSize({ width: 1180, height });
      await page.goto(`${fleet.address}${path}`);
      await page.locator(`main ${until}`).first().waitFor();
      await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
      if (from !== undefined) await page.locator(from).evaluate((element) => element.scrollIntoView());
      await savePicture(page, name, colorScheme);
    }
    await context.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), "dashboard-pictures-"));
const fleet = await startFleet();
try {
  for (const name of ["ada", "bob", "cleo"]) await fleet.worker(name);
  writeSuite(folder);
  git(folder, "init", "-q", "-b", "main");
  for (const key of ["ci-101", "ci-102", "ci-103"]) await runSuite(fleet, folder, key);
  writeTest(folder, "invoice", 'await wait(300); assert.equal(1.1 * 3, 3.3, "the sum of an invoice");');
  const run = await runSuite(fleet, folder, "ci-104");
  await sendMeasurements(fleet);
  const browser = await launchChromium();
  try {
    await takePictures(browser, fleet, await picturesOf(fleet, run));
  } finally {
    await browser.close();
  }
} finally {
  await fleet.end();
  rmSync(folder, { recursive: true, force: true });
}
