import { chromium, type Browser } from "playwright-core";
import { expect, onTestFinished, vi } from "vitest";
import type { DetectedBrowser } from "../../browser.ts";
import { playwrightLauncher } from "../../launch/launcher.ts";
import { testIn } from "../../testing/real-browsers.ts";
import { ContextAhead, type ContextMaking } from "./contexts.ts";

const patience = { timeout: 20_000, interval: 50 };

/** A browser as hosts have it: a server, and a connection to it. */
async function serve(found: DetectedBrowser) {
  const program = { ...found, executable: found.headlessShell ?? found.executable };
  const server = await playwrightLauncher.serve(program, { timeout_ms: 60_000 });
  onTestFinished(() => server.kill());
  return { server, browser: await chromium.connect(server.wsEndpoint()) };
}

const makingIn = (browser: Browser): ContextMaking => ({
  browser,
  baseURL: "http://127.0.0.1:1/a/",
  pageScript: "window.began = true;",
});

testIn("chromium", "a context that was made ahead has an empty page, its script, and one user only", async (found) => {
  const { browser } = await serve(found);
  const ahead = new ContextAhead();
  const making = makingIn(browser);
  expect(await ahead.take(making)).toBeUndefined();
  ahead.prepare(making);
  ahead.prepare({ ...making });
  const [first, second] = await Promise.all([ahead.take(making), ahead.take(making)]);
  expect(second).toBeUndefined();
  const heard: string[] = [];
  first?.listen((text) => heard.push(text));
  const [page] = first?.context.pages() ?? [];
  expect(page?.url()).toBe("about:blank");
  await page?.goto("data:text/html,<script>__shardwright(String(window.began))</script>");
  await vi.waitFor(() => expect(heard).toEqual(["true"]), patience);
  expect(browser.contexts()).toHaveLength(1);
});

testIn("chromium", "one of another making is nobody's and is closed, and so is one that is left over", async (found) => {
  const { browser } = await serve(found);
  const ahead = new ContextAhead();
  const making = makingIn(browser);
  for (const other of [
    { ...making, pageScript: "" },
    { ...making, baseURL: "http://127.0.0.1:1/b/" },
  ]) {
    ahead.prepare(making);
    expect(await ahead.take(other)).toBeUndefined();
    expect(await ahead.take(making)).toBeUndefined();
  }
  ahead.prepare(making);
  ahead.prepare({ ...making, pageScript: "" });
  await ahead.drop();
  await vi.waitFor(() => expect(browser.contexts()).toEqual([]), patience);
});

testIn("chromium", "one whose browser is gone is handed to nobody", async (found) => {
  const { server, browser } = await serve(found);
  const ahead = new ContextAhead();
  const making = makingIn(browser);
  ahead.prepare(making);
  await vi.waitFor(() => expect(browser.contexts().flatMap((context) => context.pages())).toHaveLength(1), patience);
  server.process().kill("SIGKILL");
  await vi.waitFor(() => expect(browser.isConnected()).toBe(false), patience);
  expect(await ahead.take(making)).toBeUndefined();
  // Nor is there an error that nobody catches when another is asked of it.
  ahead.prepare(making);
  expect(await ahead.take(making)).toBeUndefined();
});
