import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fleet, adminToken, startFleet } from "../cli/fleet.ts";
import { testOf, useSuite } from "../cli/suite.ts";
import { describeInBrowsers } from "./in-browsers.ts";
import { expectAccessible, openPage, patience_ms, signIn } from "./watched-page.ts";

/** Until a file is there, a test waits. */
const waiting = (path: string) =>
  testOf(
    `for (;;) { try { readFileSync(${JSON.stringify(path)}); return; } catch { await new Promise((r) => setTimeout(r, 50)); } }`,
    'import { readFileSync } from "node:fs";',
  );
const hostile = "<img src=x onerror=alert(1)>";

describeInBrowsers("the dashboard", (browser, kind) => {
  let fleet: Fleet;
  const suite = useSuite();

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.worker("one");
    await fleet.worker("two");
  }, 120_000);
  afterAll(() => fleet.end());

  /** Submits the suite; resolves with the run's id when it is there. */
  async function submit(key: string): Promise<{ run: string; ended: Promise<unknown> }> {
    const running = fleet.launch(["run", "--run-key", key, "--max-retries", "0"], { cwd: suite.folder() });
    let run = "";
    await expect
      .poll(
        async () => {
          const { runs } = (await fleet.call("GET", `runs?run_key=${key}`)) as { runs: { id: string }[] };
          run = runs[0]?.id ?? "";
          return run;
        },
        { timeout: patience_ms, message: running.output() },
      )
      .not.toBe("");
    return { run, ended: running.exited };
  }

  test("whoever opens a run signs in first, and then sees why it failed, in any colours and width", async () => {
    suite.write(
      "cart.test.mjs",
      `import { test } from "node:test";\nimport assert from "node:assert";\ntest(${JSON.stringify(hostile)}, () => { console.log("<script>alert(2)</script>"); assert.equal(1, 2); });\ntest("fine", () => {});\n`,
    );
    suite.write("fine.test.mjs", testOf(""));
    const { run, ended } = await submit(`failing-${kind}`);
    await ended;
    const { page, faults } = await openPage(browser(), fleet.address, `/runs/${run}`);
    await page.getByRole("heading", { name: "Sign in to Shardwright" }).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Token").fill("not-a-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("No valid token came with the request.").waitFor();
    await signIn(page, adminToken);
    await page.getByRole("heading", { level: 1 }).getByText("failed").waitFor();
    await page.getByText("2 discovered = 1 passed + 1 failed").first().waitFor();
    await page.getByText("node --test '--test-name-pattern=").first().waitFor();
    await page.getByRole("application", { name: /^Timeline: 2 attempts on / }).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Colours").selectOption("dark");
    await expectAccessible(page);
    await page.setViewportSize({ width: 320, height: 700 });
    await expectAccessible(page);
    await page.getByText("In words").click();
    await page.getByRole("group", { name: "Attempts" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: hostile }).click();
    await page.getByRole("heading", { level: 2, name: "Tests of attempt 1" }).waitFor();
    await page.getByRole("group", { name: "Log" }).getByText("<script>alert(2)</script>").waitFor();
    await expectAccessible(page);
    await page.goBack();
    await page.getByRole("heading", { level: 2, name: "Failures" }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("a run is seen as it happens, and can be cancelled", async () => {
    const go = `${suite.folder()}/go`;
    suite.write("first.test.mjs", waiting(go));
    suite.write("never.test.mjs", waiting(`${suite.folder()}/never`));
    const { run, ended } = await submit(`live-${kind}`);
    const { page, faults } = await openPage(browser(), fleet.address, "/");
    await signIn(page, adminToken);
    await page.getByRole("link", { name: `live-${kind}` }).click();
    await page.getByText("0 of 2 tasks done, 2 running").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    await expectAccessible(page);
    await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    suite.write("go", "");
    await page.getByText("1 of 2 tasks done, 1 running").waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Cancel this run?" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count(), { timeout: patience_ms }).toBe(0);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByRole("heading", { level: 1 }).getByText("cancelled").waitFor();
    expect(await page.evaluate(() => "isSamePage" in globalThis)).toBe(true);
    expect(((await fleet.call("GET", `runs/${run}`)) as { verdict: string }).verdict).toBe("cancelled");
    await ended;
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("who may only read is offered nothing else, and a session that ends goes on after signing in again", async () => {
    suite.write("fails.test.mjs", testOf("throw new Error('no');"));
    const { run, ended } = await submit(`read-${kind}`);
    await ended;
    const made = (await fleet.call("POST", "tokens", { name: "reader", scope: "read" })) as { id: string; secret: string };
    const { page, faults } = await openPage(browser(), fleet.address, `/runs/${run}?status=failed`);
    await signIn(page, made.secret);
    await page.getByRole("heading", { level: 2, name: "Failures" }).waitFor();
    expect(await page.getByRole("button", { name: /Re-run|Cancel/ }).count()).toBe(0);
    const cookies = await page.context().cookies(`${fleet.address}/api/v1/session`);
    expect(cookies).toMatchObject([{ name: "shardwright-session", httpOnly: true, sameSite: "Strict", path: "/api/v1" }]);
    const revoked = await fetch(`${fleet.address}/api/v1/tokens/${made.id}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(revoked.status).toBe(204);
    // What asks next is told: here a page that is opened from this one.
    await page.getByRole("link", { name: "fails.test.mjs" }).first().click();
    await page.getByRole("heading", { name: "Your session has ended" }).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Token").fill(adminToken);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Tests of attempt 1" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Shardwright" }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("everything is reached by keys alone", async () => {
    suite.write("one.test.mjs", testOf(""));
    suite.write("two.test.mjs", testOf(""));
    const { run, ended } = await submit(`keys-${kind}`);
    await ended;
    const { page, faults } = await openPage(browser(), fleet.address, `/runs/${run}`);
    await signIn(page, adminToken);
    await page.getByRole("application").waitFor();
    await page.reload();
    await page.getByRole("application").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.textContent")).toContain("Skip to the content");
    await page.keyboard.press("Enter");
    const reached = async (wanted: string): Promise<void> => {
      for (let steps = 0; steps < 40; steps += 1) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(wanted)}) === true`)) return;
      }
      throw new Error(`${wanted} is not reached by the tab key`);
    };
    await reached(".page-head a.button");
    await reached("canvas");
    for (const key of ["+", "Shift+ArrowRight", "0", "ArrowRight", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
    await expect
      .poll(() => page.locator("[role=status]").last().textContent(), { timeout: patience_ms })
      .toMatch(/passed on (?:one|two)/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Tests of attempt 1" }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/runs\/r-\w+\/tasks\/\d$/);
    expect(faults).toEqual([]);
    await page.context().close();
  }, 180_000);
});
