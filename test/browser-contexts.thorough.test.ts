import { expect } from "vitest";
import { testIn } from "../packages/browsers/src/testing/real-browsers.ts";
import { configuration, runProject } from "./browser-project.ts";

/** Three cases: each finds nothing of any other, and leaves behind what it can. */
const leaves = (args: string) => `import { test } from "@shardwright/browsers/test";
const leave = async ({ page, context, expect, args }) => {
  expect(args.mode).toBe(${JSON.stringify(args)});
  expect(await page.evaluate("shardwright.args.mode")).toBe(${JSON.stringify(args)});
  expect(context.pages()).toHaveLength(1);
  expect(await context.cookies()).toEqual([]);
  expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([0, 0, ""]);
  expect(await page.evaluate("caches.keys()")).toEqual([]);
  await page.evaluate(async () => {
    localStorage.left = sessionStorage.left = "1";
    document.cookie = "left=1";
    await caches.open("left");
  });
  await context.newPage();
  await context.route("**/*", (route) => route.abort());
};
for (const name of ["one", "two", "three"])
  test(name, async (tools) => {
    const { page, expect, runsIn } = tools;
    expect(page.url()).toMatch(/blank\\.html$/);
    expect(await page.evaluate("crossOriginIsolated")).toBe(true);
    await leave(tools);
  });
for (const name of ["goes at once", "goes at once again"])
  test(name, async ({ page, context, expect, args }) => {
    await page.goto("./list.html");
    expect(await page.textContent("h1")).toBe("here");
    await leave({ page, context, expect, args });
  });
`;

testIn(
  "chromium",
  "nothing of a case is left for the next one, in the same file or another, and a browser that dies takes none of them along",
  async () => {
    const files = {
      "a/1.browser.mjs": leaves("x"),
      "a/2.browser.mjs": leaves("x"),
      "a/3-dies.browser.mjs": `import { test } from "@shardwright/browsers/test";
        test("lives", async ({ page }) => { await page.title(); });
        test("dies", async ({ browser }) => { await (await browser.newBrowserCDPSession()).send("Browser.crash"); });`,
      "a/4.browser.mjs": leaves("x"),
      "a/list.html": "<h1>here</h1>",
      "b/1.browser.mjs": leaves("x"),
      "b/2.browser.mjs": leaves("x"),
      "b/list.html": "<h1>here</h1>",
      "shardwright.config.json": configuration({ args: ["--mode", "x"] }),
    };
    const { attempts, cases, output } = await runProject(files);
    for (const file of ["a/1", "a/2", "a/4", "b/1", "b/2"]) {
      const found = cases(`${file}.browser.mjs`);
      expect(
        found.map(({ status, message }) => message ?? status),
        `${file}: ${output}`,
      ).toEqual(Array.from({ length: 5 }, () => "passed"));
    }
    expect(attempts("a/3-dies.browser.mjs").at(-1)).toMatchObject({ status: "errored", failure: { kind: "browser-crash" } });
  },
  300_000,
);
