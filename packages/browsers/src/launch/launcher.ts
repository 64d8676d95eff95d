import type { Browser, BrowserServer, BrowserType } from "playwright-core";
import type { BrowserLauncher, DetectedBrowser, LaunchOptions } from "../browser.ts";
import { chromiumSwitches, firefoxPreferences } from "./switches.ts";
import { unusable } from "./unusable.ts";

/** The part of Playwright's options that starting and serving have in common. */
type CommonOptions = Parameters<BrowserType["launch"]>[0] & object;

/** Starts browsers with Playwright, which is loaded with the first of them. */
export const playwrightLauncher: BrowserLauncher = {
  launch: (browser, options) =>
    start<Browser>(
      browser,
      options,
      (type, given) => type.launch(given),
      (started) => started.close(),
    ),
  serve: (browser, options) =>
    start<BrowserServer>(
      browser,
      options,
      // The path of its address is random: only who is told it can connect.
      (type, given) => type.launchServer({ ...given, host: "127.0.0.1" }),
      (started) => started.kill(),
    ),
};

async function start<T>(
  browser: DetectedBrowser,
  options: LaunchOptions,
  begin: (type: BrowserType, given: CommonOptions) => Promise<T>,
  end: (started: T) => Promise<void>,
): Promise<T> {
  options.signal?.throwIfAborted();
  const playwright = await import("playwright-core");
  options.signal?.throwIfAborted();
  const starting = begin(playwright[browser.engine], playwrightOptions(browser, options));
  try {
    return await orAborted(starting, options.signal);
  } catch (error) {
    if (options.signal?.aborted !== true) throw unusable(browser, error);
    // Nobody waits for it any more: it is ended when it has started.
    starting.then(end).catch(() => {});
    throw error;
  }
}

function playwrightOptions(browser: DetectedBrowser, options: LaunchOptions): CommonOptions {
  const { engine, channel, executable } = browser;
  return {
    executablePath: executable,
    headless: options.headed !== true,
    timeout: options.timeout_ms,
    ...(options.artifacts !== undefined && { artifactsDir: options.artifacts }),
    env: { ...passedOn(process.env), ...options.environment },
    // Whoever started it ends it when told to; Playwright's own answer to a signal would end this process.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    ...(engine === "chromium" && { args: chromiumSwitches(options) }),
    ...(engine === "firefox" && {
      firefoxUserPrefs: firefoxPreferences(),
      // Only Playwright's own build speaks its older protocol; all others are driven by WebDriver BiDi.
      ...(channel !== "playwright" && { channel: "moz-firefox" }),
    }),
  };
}

/** A browser loads what tests bring along: it has no use for our tokens. */
function passedOn(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].toUpperCase().startsWith("SHARDWRIGHT_"),
    ),
  );
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
