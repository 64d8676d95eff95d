import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fleet, adminToken, startFleet } from "../cli/fleet.ts";
import { useSuite } from "../cli/suite.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { expectAccessible, openPage, patience_ms, signIn } from "./watched-page.ts";

interface Shown {
  readonly verdict: string;
  readonly account: Readonly<Record<string, number>>;
}

describeInBrowsers("running again what failed", (browser) => {
  const suite = useSuite();
  const root = mkdtempSync(join(tmpdir(), "dashboard-again-"));
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.worker("one", { args: ["--workspace-dir", join(root, "one")] });
  }, 120_000);
  afterAll(async () => {
    await fleet.end();
    rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  /** Fails until it is mended, and then waits until it may go on; beside it stands one that passes at once. */
  function writeSuite(): void {
    const at = (name: string) => JSON.stringify(join(suite.folder(), name));
    suite.write(
      "sometimes.test.mjs",
      `import test from "node:test";
import { existsSync } from "node:fs";
test("works", async () => {
  if (!existsSync(${at("mended")})) throw new Error("it is not mended");
  while (!existsSync(${at("go")})) await new Promise((resolve) => setTimeout(resolve, 50));
});\n`,
    );
    suite.write("fine.test.mjs", 'import test from "node:test";\ntest("works", () => {});\n');
  }

  async function runOnce(key: string, ...args: string[]): Promise<string> {
    const { output } = await fleet.toEnd(["run", "--run-key", key, "--max-retries", "0", ...args], { cwd: suite.folder() });
    const { runs } = (await fleet.call("GET", `runs?run_key=${key}`)) as { runs: { id: string; verdict: string }[] };
    expect(runs, output).toMatchObject([{ verdict: "failed" }]);
    return runs[0]?.id ?? "";
  }

  async function openRun(run: string): Promise<{ page: Page; faults: string[] }> {
    const watched = await openPage(browser(), fleet.address, `/runs/${run}`);
    await signIn(watched.page, adminToken);
    await watched.page.getByText("2 discovered = 1 passed + 1 failed").first().waitFor();
    await watched.page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    return watched;
  }

  test("what failed runs again at a button and is seen to; whoever presses it second is told in a sentence", async () => {
    writeSuite();
    const run = await runOnce("again", "--workspace", "bundle");
    const ada = await openRun(run);
    const bob = await openRun(run);
    suite.write("mended", "");
    await bob.page.getByRole("button", { name: "Re-run failed" }).click();
    // Keys are for the window in front.
    await ada.page.bringToFront();
    await ada.page.getByRole("button", { name: "Re-run failed" }).press("Enter");
    await ada.page.getByRole("dialog", { name: "Run again what has not passed?" }).waitFor();
    await expectAccessible(ada.page);
    await ada.page.getByRole("button", { name: "Run again" }).click();
    await ada.page.getByText("1 of 2 tasks done, 1 running").waitFor();
    await ada.page.getByRole("heading", { level: 1 }).getByText("running").waitFor();

    await bob.page.getByRole("button", { name: "Run again" }).click();
    await bob.page.getByRole("alert").getByText(`The run ${run} is going on already`).waitFor();
    await expectAccessible(bob.page);
    await bob.page.getByRole("button", { name: "Leave it" }).click();
    await bob.page.getByText("1 of 2 tasks done, 1 running").waitFor();
    await bob.page.getByText("live", { exact: true }).waitFor();

    suite.write("go", "");
    for (const { page, faults } of [ada, bob]) {
      await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
      await page.getByText("2 discovered = 1 passed + 1 flaky").first().waitFor();
      await page.getByRole("application", { name: /^Timeline: 3 attempts on 1 worker\./ }).waitFor();
      expect(await page.getByRole("button", { name: "Re-run failed" }).count()).toBe(0);
      expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
      expect(faults).toEqual([]);
    }
    // What had passed was left as it was.
    await ada.page.getByRole("row", { name: /fine\.test\.mjs passed one 1 / }).waitFor();
    await ada.page.getByRole("row", { name: /sometimes\.test\.mjs passed one 2 / }).waitFor();
    for (const { page } of [ada, bob]) await page.context().close();
  }, 240_000);

  test("of two who cancel one run both see it cancelled", async () => {
    writeSuite();
    const run = await runOnce("stopped", "--workspace", "bundle");
    const ada = await openRun(run);
    suite.write("mended", "");
    await ada.page.getByRole("button", { name: "Re-run failed" }).click();
    await ada.page.getByRole("button", { name: "Run again" }).click();
    await ada.page.getByText("1 of 2 tasks done, 1 running").waitFor();
    const bob = await openPage(browser(), fleet.address, `/runs/${run}`);
    await signIn(bob.page, adminToken);
    for (const { page } of [ada, bob]) await page.getByRole("button", { name: "Cancel" }).click();
    await ada.page.getByRole("button", { name: "Cancel the run" }).click();
    await ada.page.getByRole("heading", { level: 1 }).getByText("cancelled").waitFor();
    await bob.page.getByRole("heading", { level: 1 }).getByText("cancelled").waitFor();
    // The question is still open, as nobody has answered it.
    if ((await bob.page.getByRole("dialog").count()) > 0) await bob.page.getByRole("button", { name: "Cancel the run" }).click();
    await expect.poll(() => bob.page.getByRole("dialog").count(), { timeout: patience_ms }).toBe(0);
    const { verdict, account } = (await fleet.call("GET", `runs/${run}`)) as Shown;
    expect({ verdict, account }).toMatchObject({ verdict: "cancelled", account: { passed: 1, cancelled: 1 } });
    for (const { page, faults } of [ada, bob]) {
      expect(faults).toEqual([]);
      await page.context().close();
    }
  }, 240_000);

  test("a run of files that nobody has any more is not offered to be taken up again: the page has the command that does it", async () => {
    writeSuite();
    const { page, faults } = await openRun(await runOnce("of-a-folder"));
    await page.getByRole("heading", { level: 2, name: "Run again what has not passed" }).waitFor();
    expect(await page.getByRole("button", { name: "Re-run failed" }).count()).toBe(0);
    const command = await page.getByRole("group", { name: "In that folder" }).textContent();
    expect(command).toBe(`shardwright run --coordinator ${fleet.address} --run-key of-a-folder`);
    await expectAccessible(page);
    // Who does as the page says has the same run go on: what had passed is not run again.
    suite.write("mended", "");
    suite.write("go", "");
    const words = (command ?? "").split(" ").slice(1);
    const { code, output } = await fleet.toEnd([...words, "--max-retries", "0"], { cwd: suite.folder() });
    expect(code, output).toBe(0);
    await page.getByRole("heading", { level: 1 }).getByText("passed").waitFor();
    await page.getByText("2 discovered = 1 passed + 1 flaky").first().waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);
});
