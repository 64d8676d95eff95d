import { expect, test } from "vitest";
import { speaksOfBrowser } from "./browser-signs.ts";

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
