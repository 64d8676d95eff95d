import { expect, test } from "vitest";
import { browserSigns, browserSignWords, remedyFor, type SeenOfBrowser, signOf, speaksOfBrowser } from "./browser-signs.ts";

test.each([
  "page.waitForTimeout: Target page, context or browser has been closed",
  "playwright._impl._errors.TargetClosedError: Page.goto: Target page, context or browser has been closed",
  "page.click: Page crashed",
  "ProtocolError: Protocol error (Runtime.callFunctionOn): Target closed",
  "Navigation failed because browser has disconnected!",
  "WebDriverException: Message: disconnected: not connected to DevTools",
])("the browser died: %s", (text) => {
  expect(speaksOfBrowser(text)).toBe(true);
});

test.each([
  "expect(locator).toHaveText(expected) failed",
  "the target of the promotion has been closed",
  "page.goto: net::ERR_CONNECTION_REFUSED at http://127.0.0.1:3000/",
  "Test timeout of 30000ms exceeded.",
])("nothing says so: %s", (text) => {
  expect(speaksOfBrowser(text)).toBe(false);
});

test.each<[string, SeenOfBrowser]>([
  ["browser-crashed", { isBrowserGone: true }],
  [
    "browser-crashed",
    { isBrowserGone: true, hasPageCrashed: true, text: "page.evaluate: Target page, context or browser has been closed" },
  ],
  ["browser-crashed", { text: "page.goto: Navigation failed because browser has disconnected!" }],
  ["out-of-memory", { isBrowserGone: true, hasSystemRunOut: true }],
  ["out-of-memory", { hasPageCrashed: true, text: "Out of memory: the page was ended" }],
  ["renderer-crashed", { text: "page.evaluate: Target crashed" }],
  ["renderer-crashed", { hasPageCrashed: true }],
  ["gpu-process-lost", { isDeviceLost: true }],
  ["gpu-process-lost", { isAdapterGone: true }],
  ["gpu-process-lost", { text: "AbortError: A valid external Instance reference no longer exists." }],
  ["context-crashed", { isContextGone: true }],
  ["page-hung", { isPageSilent: true, text: "the page did not answer within 5 s" }],
])("%s is the sign in %o", (sign, seen) => {
  expect(signOf(seen)).toBe(sign);
});

test.each<SeenOfBrowser>([
  {},
  { text: "RangeError: Out of memory" },
  { text: "expect(received).toBe(expected): the device was lost in the mail" },
  { hasSystemRunOut: true, text: "expected 1 to be 2" },
])("nothing of the browser is in %o", (seen) => {
  expect(signOf(seen)).toBeUndefined();
});

test("the words for each sign tell it again, so that it is known wherever they are read", () => {
  for (const sign of browserSigns) expect(signOf({ text: `Chromium 156.0 ${browserSignWords[sign]}` })).toBe(sign);
});

test("each time that a sign is seen in a browser, what is done goes further", () => {
  expect([0, 1, 2, 3, 9].map((before) => remedyFor("page-hung", before))).toEqual([
    "new-page",
    "new-context",
    "new-browser",
    "elsewhere",
    "elsewhere",
  ]);
  expect(browserSigns.map((sign) => remedyFor(sign, 0))).toEqual([
    "new-page",
    "new-page",
    "new-context",
    "new-browser",
    "new-browser",
    "new-browser",
  ]);
});
