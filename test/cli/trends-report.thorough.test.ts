import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import type { TrendReport } from "@shardwright/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launchChromium, noChromium } from "../chromium.ts";
import { run } from "./trends-command.ts";
import { plantedCommit, plantedPoints } from "./trends-points.ts";

const folder = mkdtempSync(join(tmpdir(), "shardwright-trends-"));
const shardwright = (...args: string[]) => run(folder, ["trends", ...args]);
const repository = ["--repository-url", "https://github.com/acme/shop"];

beforeAll(async () => {
  writeFileSync(join(folder, "points.jsonl"), plantedPoints(Date.now()));
  expect((await shardwright("import", "points.jsonl")).stdout).toContain("are kept");
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a report finds the planted regression and its commit, in every format at once, and nothing in the series that did not change", async () => {
  const outputs = ["r.html", "deep/r.json", "r.md", "r.csv"].flatMap((file) => ["--output", file]);
  const { code, stdout, stderr } = await shardwright("report", "--days", "30", ...outputs);
  expect([code, stdout]).toEqual([0, ""]);
  expect(stderr).toContain("Wrote deep/r.json");
  const report = JSON.parse(readFileSync(join(folder, "deep/r.json"), "utf8")) as TrendReport;
  expect(report.totals).toMatchObject({ series: 5, regressions: 1, improvements: 0 });
  const [worst] = report.series;
  expect(worst).toMatchObject({ case: "test_bert_inference", hardware_class: "linux-x64-cuda-a100" });
  expect(worst?.changes[0]?.commits).toContain(plantedCommit);
  expect(readFileSync(join(folder, "r.md"), "utf8")).toContain(plantedCommit.slice(0, 8));
  expect(
    readFileSync(join(folder, "r.csv"), "utf8")
      .split("\n")
      .filter((line) => line.includes(",change,")),
  ).toHaveLength(1);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("an analysis of some series goes to standard output, and is told in the terminal where no format is named", async () => {
  const chosen = ["--test-pattern", "test_bert*", "--hardware", "cuda", "--metric", "latency"];
  const written = await shardwright("analyze", ...chosen, "--output", "-", "--format", "json");
  const report = JSON.parse(written.stdout) as TrendReport;
  expect(report.series.map(({ case: name }) => name)).toEqual(["test_bert_inference"]);
  expect(report.series[0]?.drawn?.points).toHaveLength(80);
  const told = await shardwright("analyze", ...chosen);
  expect(told.stdout).toMatch(/1 regression in 1 series \(80 points\)[\s\S]*▲ \+2\d?(\.\d)? % \(/);
  expect((await shardwright("report", "--days", "2")).stdout).toContain("No change in 5 series");
});

test("classes of hardware, and values of a dimension, are compared", async () => {
  const hardware = await shardwright("compare", "hardware=epyc", "hardware=cuda", "--format", "json");
  const { comparison } = JSON.parse(hardware.stdout) as TrendReport;
  expect(comparison?.metrics.map(({ case: name, cells }) => [name, cells[0]?.verdict])).toEqual([
    ["test_bert_inference", "better"],
  ]);
  const browsers = await shardwright("compare", "--by", "browser", "--baseline", "chromium");
  expect(browsers.stdout).toMatch(/^firefox beside chromium: cost ×1\.3\d? in the geometric mean/);
  expect((await shardwright("compare", "--by", "browser", "--output", "c.html")).code).toBe(0);
  expect(readFileSync(join(folder, "c.html"), "utf8")).toContain("heat");
});

const bad: [title: string, args: string[], said: RegExp][] = [
  ["a metric that there is not", ["report", "--metric", "latncy"], /No metric fits --metric latncy\.[\s\S]*There are: latency/],
  ["a test that there is not", ["analyze", "--test-pattern", "test_brt*"], /No test fits[\s\S]*test_bert_inference/],
  ["hardware that there is not", ["report", "--hardware", "riscv"], /No class of hardware fits/],
  ["parts that fit only by themselves", ["report", "--metric", "time", "--hardware", "cuda"], /Nothing fits all/],
  ["a branch that there is not", ["report", "--branch", "nowhere"], /branch nowhere/],
  ["a format that there is not", ["report", "--format", "pdf"], /no format pdf/],
  ["a name that says no format", ["report", "--output", "report.txt"], /report\.txt names no format/],
  ["no format for standard output", ["report", "--output", "-"], /format for standard output/],
  ["one place twice", ["report", "--output", "a.html", "--output", "./a.html"], /named twice/],
  ["a folder", ["report", "--output", "folder.html"], /it is a folder/],
  ["a place below a file", ["report", "--output", "points.jsonl/a.html"], /is no folder/],
  ["days that are none", ["report", "--days", "soon"], /--days is a number/],
  ["an address that is none", ["report", "--repository-url", "javascript:alert(1)"], /is no https address/],
  ["nothing to compare", ["compare"], /nothing to compare/],
  ["one configuration", ["compare", "hardware=cuda"], /One configuration/],
  ["what is no configuration", ["compare", "hardware=cuda", "cpu"], /cpu is no configuration/],
  [
    "a configuration of which nothing was measured",
    ["compare", "browser=firefox", "browser=opera"],
    /Nothing was measured of browser=opera/,
  ],
  ["a key that nothing has", ["compare", "--by", "colour"], /No point has a colour/],
  ["a baseline that there is not", ["compare", "--by", "browser", "--baseline", "opera"], /no browser opera[\s\S]*chromium/],
  ["a pull request outside of one", ["compare", "--pull-request"], /no CI job of a pull request/],
];

test.each(bad)("%s is refused with what to do, and nothing is written", async (_title, args, said) => {
  mkdirSync(join(folder, "folder.html"), { recursive: true });
  const before = readdirSync(folder).toSorted();
  const { code, stdout, stderr } = await shardwright(...args);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(said);
  expect(readdirSync(folder).toSorted()).toEqual(before);
});

const title = chromiumPath === undefined ? `the page in a browser (skipped: ${noChromium})` : "the page in a browser";

describe.skipIf(chromiumPath === undefined)(title, () => {
  let browser: Browser;
  const faults: string[] = [];
  const file = join(folder, "page.html");

  beforeAll(async () => {
    if (!existsSync(file)) await shardwright("analyze", "--output", "page.html", ...repository);
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(() => {
    expect(faults.splice(0)).toEqual([]);
  });

  async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
    page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) faults.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  test("keyboard focus tells a point's commit, with its link, and goes from change to change", async () => {
    const page = await open();
    await page.focus("#s0 .stage");
    const told = page.locator("#s0 .readout");
    await page.keyboard.press("End");
    expect(await told.textContent()).toContain("80 of 80");
    await page.keyboard.press("PageUp");
    expect(await told.textContent()).toContain("regression begins here");
    expect(await told.locator("a").getAttribute("href")).toBe(`https://github.com/acme/shop/commit/${plantedCommit}`);
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.tagName")).toBe("A");
    await page.focus("#s0 .stage");
    const before = await page.locator("#s0 .picture .tick").allTextContents();
    for (let press = 0; press < 4; press += 1) await page.keyboard.press("+");
    expect(await page.locator("#s0 .picture .tick").allTextContents()).not.toEqual(before);
    await page.keyboard.press("0");
    expect(await page.locator("#s0 .picture .tick").allTextContents()).toEqual(before);
    await page.context().close();
  });

  test("the pointer tells the point that is nearest", async () => {
    const page = await open();
    await page.locator("#s0 .stage").hover({ position: { x: 200, y: 120 } });
    expect(await page.locator("#s0 .readout").textContent()).toMatch(/ms · [0-9a-f]{8} · .* of 80$/);
    expect(await page.locator("#s0 .dot-mark").isVisible()).toBe(true);
    await page.context().close();
  });

  test("all that can be used has a name, every id is there once, and every picture has words", async () => {
    const page = await open();
    const found = await page.evaluate(`(() => {
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      const nameOf = (one) => (one.getAttribute("aria-label") ?? one.textContent ?? "").trim();
      return {
        twice: ids.filter((id, place) => ids.indexOf(id) !== place),
        nameless: [...document.querySelectorAll("a, button, [tabindex], [role=img]")].filter((one) => nameOf(one) === "").length,
        dangling: [...document.querySelectorAll("a[href^='#']")].filter((one) => document.getElementById(one.getAttribute("href").slice(1)) === null).length,
        labels: [...document.querySelectorAll("[aria-labelledby]")].filter((one) => document.getElementById(one.getAttribute("aria-labelledby")) === null).length,
        headless: [...document.querySelectorAll("th:not([scope])")].length,
        headings: [...document.querySelectorAll("h1, h2, h3")].map(({ tagName }) => Number(tagName[1])).some((level, place, all) => level > (all[place - 1] ?? 0) + 1),
        svgs: [...document.querySelectorAll("svg")].filter((one) => one.closest("[aria-hidden=true], [role=application], [role=img]") === null).length,
        language: document.documentElement.lang,
        mains: document.querySelectorAll("main").length,
      };
    })()`);
    expect(found).toEqual({
      twice: [],
      nameless: 0,
      dangling: 0,
      labels: 0,
      headless: 0,
      headings: false,
      svgs: 0,
      language: "en",
      mains: 1,
    });
    await page.context().close();
  });

  test.each(["light", "dark"] as const)("words can be read on what they stand on in the %s", async (colorScheme) => {
    const page = await open({ colorScheme });
    const low = await page.evaluate(`(() => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
      const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
      const behind = (one) => { for (let at = one; at !== null; at = at.parentElement) { const colour = rgb(getComputedStyle(at).backgroundColor); if (colour[3] === 255) return colour; } return [255, 255, 255]; };
      const low = new Set();
      for (const one of document.querySelectorAll("main *, header *")) {
        if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "") || one.closest("script") !== null) continue;
        const style = getComputedStyle(one);
        const [a, b] = [light(rgb(one.ownerSVGElement ? style.fill : style.color)), light(behind(one))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) low.add(one.tagName + "." + one.getAttribute("class") + " " + contrast.toFixed(2));
      }
      return [...low];
    })()`);
    expect(low).toEqual([]);
    await page.context().close();
  });

  test.each([320, 400, 768, 1600])("at %i pixels nothing is wider than the page", async (width) => {
    const page = await open({ viewport: { width, height: 800 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    const svg = await page.locator("#s0 .picture svg.trend").boundingBox();
    expect(svg?.width).toBeLessThan(width);
    expect(svg?.width).toBeGreaterThan(width * 0.6);
    await page.context().close();
  });

  test("without scripts the pictures, tables and words are there", async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.locator("#s0 svg.trend .place.regression").count()).toBe(1);
    expect(await page.locator("#changes").textContent()).toContain(plantedCommit.slice(0, 8));
    await page.context().close();
  });
});
