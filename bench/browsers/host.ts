/**
 * A slot's process: runs one task after the other in a browser that it is lent, or in one that it starts for the task alone. Its connection
 * is kept for as long as it is lent the same browser, and in the headless shell the next context is made while one is used, both as by the
 * hosts of browser tests.
 */
import { createInterface } from "node:readline";
import type { Browser } from "playwright-core";
import { playwrightLauncher, type DetectedBrowser } from "@shardwright/browsers";
import { chromium, firefox, webkit } from "playwright-core";
import { ContextAhead } from "../../packages/browsers/src/tasks/host/contexts.ts";
import { runPage } from "./page.ts";

export interface HostRequest {
  readonly browser: DetectedBrowser;
  readonly url: string;
  /** Absent: it starts one. */
  readonly wsEndpoint?: string;
}

const clients = { chromium, firefox, webkit };
const ahead = new ContextAhead();
let connection: { readonly endpoint: string; readonly browser: Browser } | undefined;

for await (const line of createInterface(process.stdin)) {
  const request = JSON.parse(line) as HostRequest;
  try {
    await run(request);
    console.log("passed");
  } catch (error) {
    console.log(`failed: ${error instanceof Error ? error.message.split("\n", 1)[0] : String(error)}`);
  }
}
await ahead.drop();
await connection?.browser.close();

async function run({ browser, url, wsEndpoint }: HostRequest): Promise<void> {
  if (wsEndpoint === undefined) {
    const own = await playwrightLauncher.launch(browser, { timeout_ms: 60_000 });
    await runPage(await own.newContext(), url);
    await own.close();
    return;
  }
  if (connection?.endpoint !== wsEndpoint) {
    await connection?.browser.close();
    connection = { endpoint: wsEndpoint, browser: await clients[browser.engine].connect(wsEndpoint) };
  }
  const making = { browser: connection.browser, baseURL: url, pageScript: "" };
  const context = (await ahead.take(making))?.context ?? (await connection.browser.newContext());
  if (browser.executable === browser.headlessShell) ahead.prepare(making);
  await runPage(context, url);
}
