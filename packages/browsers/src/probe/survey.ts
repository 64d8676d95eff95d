import { stat } from "node:fs/promises";
import type { DetectedBrowser } from "../browser.ts";
import { detectBrowsers, type RejectedProgram } from "../detection/detect.ts";
import { startedWith } from "../launch/switches.ts";
import { cacheFolder, ProbeCache } from "./cache.ts";
import type { ProbeResult } from "./capabilities.ts";
import { driverMark } from "./driver.ts";
import { probeBrowser, type ProbeOptions } from "./probe.ts";

/** A browser of this machine, and what came of starting it. */
export interface SurveyedBrowser {
  readonly browser: DetectedBrowser;
  readonly result: ProbeResult;
}

export interface Survey {
  readonly browsers: readonly SurveyedBrowser[];
  readonly rejected: readonly RejectedProgram[];
}

export interface SurveyOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where results are kept; a folder in the user's cache when absent. */
  readonly cacheFolder?: string;
  /** Asks again whatever is known. */
  readonly fresh?: boolean;
  readonly probe?: ProbeOptions;
  readonly signal?: AbortSignal;
}

/** How a browser is started to be probed, and has to be for what was found to hold. */
export const probedWith = { webNn: true } as const;

/**
 * Finds the browsers of this machine and says what each can do: from the cache where neither the browser nor the drivers have changed since,
 * else by starting it, one after the other: each takes all processors for a moment, and they would slow each other to a timeout.
 */
export async function surveyBrowsers(options: SurveyOptions = {}): Promise<Survey> {
  const { environment = process.env, fresh = false, probe = {}, signal } = options;
  const { browsers, rejected } = await detectBrowsers({ environment });
  const cache = new ProbeCache({ folder: options.cacheFolder ?? cacheFolder(environment), now_ms: () => Date.now() });
  const drivers = browsers.length === 0 ? "" : await driverMark(environment);
  const surveyed: SurveyedBrowser[] = [];
  for (const browser of browsers) {
    signal?.throwIfAborted();
    const key = await keyOf(browser, drivers, probe);
    let result = fresh ? undefined : await cache.get(key);
    if (result === undefined) {
      result = await probeBrowser(browser, { ...probedWith, ...probe, ...(signal && { signal }) });
      await cache.set(key, result);
    }
    surveyed.push({ browser, result });
  }
  return { browsers: surveyed, rejected };
}

async function keyOf(browser: DetectedBrowser, drivers: string, probe: ProbeOptions): Promise<string> {
  const { kind, engine, channel, version, executable } = browser;
  const { mtimeMs, size } = await stat(executable);
  const start = startedWith(engine, { ...probedWith, ...probe });
  return JSON.stringify([kind, engine, channel, version, executable, mtimeMs, size, start, drivers]);
}
