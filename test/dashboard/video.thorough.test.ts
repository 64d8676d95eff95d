import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFfmpeg } from "../../packages/browsers/src/tasks/host/video/find-ffmpeg.ts";
import { realBrowser } from "../../packages/browsers/src/testing/real-browsers.ts";
import { type Fleet, adminToken, startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { passOn } from "./prefix-proxy.ts";
import { expectAccessible, openSignedIn, patience_ms } from "./watched-page.ts";

const prefix = "/ci/shardwright";
const ffmpeg = await findFfmpeg(process.env).catch((error: Error) => error);
/** `SHARDWRIGHT_TEST_PICTURES=/tmp/x` keeps what the pages look like. */
const picturesFolder = process.env["SHARDWRIGHT_TEST_PICTURES"];

/** A page that turns from red to blue in the middle of its video. */
const turning = `import { test } from "@shardwright/browsers/test";
test("turns blue", async ({ page, expect }) => {
  await page.setContent("<body style='background:red'>");
  await page.waitForTimeout(1500);
  await page.evaluate(() => (document.body.style.background = "blue"));
  await page.waitForTimeout(1500);
  expect(await page.title()).toBe("something else");
});`;

interface Seen {
  readonly duration_s: number;
  readonly hasPlayed: boolean;
  /** Red, green and blue of a place in the picture, from the beginning on. */
  readonly colours: readonly (readonly number[])[];
}

/** What the page runs with its video: looks at moments of it, the last one first, and plays it from near its end. */
const look = `async (video) => {
  const seek = (time) => new Promise((resolve, reject) => {
    video.addEventListener("seeked", resolve, { once: true });
    video.addEventListener("error", () => reject(new Error(video.error?.message)), { once: true });
    video.currentTime = time;
  });
  const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const colourAt = async (time) => {
    await seek(time);
    brush.drawImage(video, 600, 600, 1, 1, 0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const colours = [];
  for (let moment = 19; moment >= 0; moment -= 1) colours.unshift(await colourAt(((moment + 0.5) / 20) * video.duration));
  await seek(video.duration - 0.5);
  video.muted = true;
  const ended = new Promise((resolve) => video.addEventListener("ended", resolve, { once: true }));
  await video.play();
  await ended;
  return { duration_s: video.duration, hasPlayed: video.ended, colours };
}`;

describeInBrowsers("a kept video", (browser, kind) => {
  let fleet: Fleet;
  const suite = useSuite();
  const proxy = createServer((incoming, outgoing) => passOn(prefix, fleet.address, incoming, outgoing));

  beforeAll(async () => {
    proxy.listen(0, "127.0.0.1");
    fleet = await startFleet();
    await fleet.worker("one");
  }, 120_000);
  afterAll(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await fleet.end();
  });

  test("is played, and sought in, on the page of its task, below a prefix", { timeout: 300_000 }, async (context) => {
    realBrowser(context, "chromium");
    if (ffmpeg instanceof Error) return context.skip(ffmpeg.message);
    suite.write("turns.browser.mjs", turning);
    const options = { video: "on-failure", trace: "off" };
    suite.write("shardwright.config.json", JSON.stringify({ suites: [{ name: "pages", runner: "browser", options }] }));
    const key = `video-${kind}`;
    const { output } = await fleet.toEnd(["run", "--run-key", key, "--max-retries", "0"], { cwd: suite.folder() });
    const { runs } = (await fleet.call("GET", `runs?run_key=${key}`)) as { runs: { id: string }[] };
    expect(runs, output).toHaveLength(1);
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${prefix}`;
    const { page, faults } = await openSignedIn(browser(), address, `/runs/${runs[0]?.id}`, adminToken);
    await page.getByRole("link", { name: "turns.browser.mjs" }).first().click();
    const video = page.getByLabel(/^Video .*turns-blue\.webm$/);
    await video.waitFor();
    const found = `document.querySelector("video[aria-label$='turns-blue.webm']")`;
    const readyState = () => page.evaluate<number>(`${found}.readyState`);
    await expect.poll(readyState, { timeout: patience_ms }).toBeGreaterThanOrEqual(1);
    const seen = await page.evaluate<Seen>(`(${look})(${found})`);
    expect(seen.duration_s).toBeGreaterThan(2);
    expect(seen.hasPlayed).toBe(true);
    // It may begin with a page that was not drawn yet.
    const isRed = ([red = 0, green = 0, blue = 0]: readonly number[]) => red > 200 && green < 60 && blue < 60;
    const isBlue = ([red = 0, green = 0, blue = 0]: readonly number[]) => red < 60 && green < 60 && blue > 200;
    const first = seen.colours.findIndex(isRed);
    expect(first, JSON.stringify(seen.colours)).toBeGreaterThanOrEqual(0);
    expect(seen.colours.slice(first).findIndex(isBlue), JSON.stringify(seen.colours)).toBeGreaterThan(0);
    expect(seen.colours.slice(first).filter(isRed).length, JSON.stringify(seen.colours)).toBeGreaterThan(1);
    await expectAccessible(page);
    expect(faults).toEqual([]);
    if (picturesFolder !== undefined) {
      mkdirSync(picturesFolder, { recursive: true });
      await video.scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(picturesFolder, `video-${kind}.png`), fullPage: true });
    }
    await page.context().close();
  });
});
