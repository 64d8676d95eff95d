import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, type TestContext } from "vitest";
import { findFfmpeg } from "../packages/browsers/src/tasks/host/video/find-ffmpeg.ts";
import { realBrowser } from "../packages/browsers/src/testing/real-browsers.ts";
import { configuration, runProject } from "./browser-project.ts";
import { launchChromium } from "./chromium.ts";

const ffmpeg = await findFfmpeg(process.env).catch((error: Error) => error);

function needs(context: TestContext, kind: string): void {
  realBrowser(context, "chromium");
  realBrowser(context, kind);
  if (ffmpeg instanceof Error) context.skip(ffmpeg.message);
}

/** A square that moves, until it has moved this often. */
const moves = (times: number) => `
  await page.setContent('<body style="margin:0"><div id=a style="position:absolute;width:300px;height:300px;background:red"></div>');
  await page.evaluate(() => { let x = 0; setInterval(() => { x += 1; a.style.left = 40 * x + "px"; window.x = x; }, 100); });
  await page.waitForFunction((times) => window.x >= times, ${times});`;

const files = {
  "moves.browser.mjs": `import { test } from "@shardwright/browsers/test";
    test("fails", async ({ page, expect }) => { ${moves(20)} expect(1).toBe(2); });
    test("passes", async ({ page }) => { ${moves(3)} });`,
};

interface Played {
  readonly duration_s: number;
  readonly width: number;
  readonly height: number;
  /** What is to be seen at some moments, as strings that are alike where the pictures are. */
  readonly pictures: readonly string[];
}

/** What the page runs. */
const decode = `async (source) => {
  const video = document.createElement("video");
  const until = (event) =>
    new Promise((resolve, reject) => {
      video.addEventListener(event, () => resolve(), { once: true });
      video.addEventListener("error", () => reject(new Error(video.error?.message)), { once: true });
    });
  const loaded = until("loadeddata");
  video.src = source;
  await loaded;
  const { videoWidth: width, videoHeight: height, duration: duration_s } = video;
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 36 });
  const brush = canvas.getContext("2d");
  const pictures = [];
  for (const share of [0.05, 0.35, 0.65, 0.95]) {
    const sought = until("seeked");
    video.currentTime = share * duration_s;
    await sought;
    brush?.drawImage(video, 0, 0, 64, 36);
    pictures.push(canvas.toDataURL());
  }
  return { duration_s, width, height, pictures };
}`;

/** Decodes a video in a browser, as those do who look at it. */
async function play(path: string): Promise<Played> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const address = `data:video/webm;base64,${readFileSync(path).toString("base64")}`;
    return await page.evaluate<Played>(`(${decode})(${JSON.stringify(address)})`);
  } finally {
    await browser.close();
  }
}

const namesOf = (attempt: { artifacts?: { path?: string | undefined }[] | undefined } | undefined) =>
  attempt?.artifacts?.flatMap(({ path }) => path ?? []).sort() ?? [];

for (const kind of ["chromium", "firefox"])
  test(
    `a case that failed leaves a video that moves; one that passed leaves none (${kind})`,
    { timeout: 300_000 },
    async (context) => {
      needs(context, kind);
      const project = { ...files, "shardwright.config.json": configuration({ video: "on-failure" }) };
      const { code, output, attempts, folder } = await runProject(project, ["--test-args", `--browser ${kind}`]);
      expect(code, output).toBe(1);
      const names = namesOf(attempts("moves.browser.mjs")[0]);
      expect(names).toEqual(["fails.png", "fails.trace.zip", "fails.webm"].map((name) => expect.stringContaining(`/${name}`)));
      const { pictures, ...video } = await play(join(folder, "shardwright-report", names[2] ?? ""));
      expect(video).toMatchObject({ width: 1280, height: 720 });
      // It moved twenty times, a tenth of a second each.
      expect(video.duration_s).toBeGreaterThan(1.5);
      expect(new Set(pictures).size).toBeGreaterThanOrEqual(3);
    },
  );

test(
  "with ‘always’ a case that passed leaves one too, and what its browser showed until it died is kept",
  { timeout: 300_000 },
  async (context) => {
    needs(context, "chromium");
    const project = {
      ...files,
      "dies.browser.mjs": `export default async ({ page, browser }) => { ${moves(10)}
      await (await browser.newBrowserCDPSession()).send("Browser.crash"); };`,
      "shardwright.config.json": configuration({ video: "always" }),
    };
    // Of its own: others make such files in the usual one at the same time.
    const scratch = mkdtempSync(join(tmpdir(), "videos-"));
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    const variables = { TMPDIR: scratch, TEMP: scratch, TMP: scratch };
    const { attempts, output, folder } = await runProject(project, ["--artifact-downloads", "all"], variables);
    expect(
      namesOf(attempts("moves.browser.mjs")[0]).filter((name) => name.endsWith(".webm")),
      output,
    ).toHaveLength(2);
    const died = attempts("dies.browser.mjs")[0];
    expect(died).toMatchObject({ status: "errored", failure: { kind: "browser-crash" } });
    expect(namesOf(died)).toEqual([expect.stringMatching(/\/dies\.webm$/)]);
    const { pictures } = await play(join(folder, "shardwright-report", namesOf(died)[0] ?? ""));
    expect(new Set(pictures).size).toBeGreaterThanOrEqual(2);
    expect(readdirSync(scratch).filter((name) => /webm|ffmpeg|screencast|playwright-artifacts/i.test(name))).toEqual([]);
  },
);

test("without ffmpeg the case is what it is, and says how one comes there", { timeout: 300_000 }, async (context) => {
  realBrowser(context, "chromium");
  const project = { ...files, "shardwright.config.json": configuration({ video: "always" }) };
  const { attempts, cases, folder } = await runProject(project, [], { SHARDWRIGHT_FFMPEG: "/nowhere/ffmpeg" });
  expect(cases("moves.browser.mjs").map(({ status }) => status)).toEqual(["failed", "passed"]);
  expect(namesOf(attempts("moves.browser.mjs")[0])).toHaveLength(2);
  const report = readFileSync(join(folder, "shardwright-report", "report.html"), "utf8");
  expect(report).toContain("No video could be kept: SHARDWRIGHT_FFMPEG is /nowhere/ffmpeg");
});
