import { expect, test } from "vitest";
import type { BrowserTestFunction } from "../../test.ts";
import { beginsElsewhere } from "./begins-elsewhere.ts";

const address = "http://127.0.0.1:3000/";

test.each<[string, BrowserTestFunction]>([
  [
    "an address",
    async ({ page }) => {
      await page.goto(address);
    },
  ],
  [
    "text with the word page in it",
    async ({ expect, page }) => {
      await page.goto("./page.html");
      expect(await page.title()).toBe("");
    },
  ],
  [
    "a comment before, options behind",
    async function named({ page, url }) {
      // The page of "all" things.
      /* And more. */
      await page.goto(url(`/list`), { waitUntil: "commit" });
      await page.goBack();
    },
  ],
])("a case that leads its page elsewhere at once: %s", (_what, work) => {
  expect(beginsElsewhere(work)).toBe(true);
});

test.each<[string, BrowserTestFunction]>([
  ["nothing", async () => {}],
  ["another statement first", async ({ page }) => void (await page.setContent(""), await page.goto(address))],
  [
    "a statement before",
    async ({ page }) => {
      await page.evaluate(() => 1);
      await page.goto(address);
    },
  ],
  [
    "only perhaps",
    async ({ page, args }) => {
      if (args["there"] === true) await page.goto(address);
    },
  ],
  [
    "an address that the page tells",
    async ({ page }) => {
      await page.goto(await page.evaluate("location.origin"));
    },
  ],
  [
    "an address that is made with the page",
    async ({ page }) => {
      await page.goto(`${page.url()}/a`);
    },
  ],
  [
    "a page by another name",
    async ({ context: page }) => {
      // @ts-expect-error A context leads nowhere.
      await page.goto(address);
    },
  ],
  [
    "tools as a whole",
    async (tools) => {
      const { page } = tools;
      await page.goto(address);
    },
  ],
  [
    "without waiting for it",
    async ({ page }) => {
      void page.goto(address);
    },
  ],
])("a case whose page has to stand where it is said to stand: %s", (_what, work) => {
  expect(beginsElsewhere(work)).toBe(false);
});
