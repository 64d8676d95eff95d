import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = [
  process.env["SHARDWRIGHT_TEST_CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Where this machine has Chromium or Chrome; undefined when it has none that we know to look for. */
export const chromiumPath = places.find((place) => place !== undefined && existsSync(place));

/** Why tests in a browser are skipped here. */
export const noChromium = "no Chromium or Chrome was found; name one with SHARDWRIGHT_TEST_CHROMIUM";

/** A real browser, without the calls home that browsers like to make. */
export async function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(noChromium);
  const args = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
  ];
  return chromium.launch({ executablePath: chromiumPath, args });
}
