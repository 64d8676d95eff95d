import type { Browser, Page } from "playwright-core";
import { reasonOf } from "@shardwright/core";
import type { BrowserLauncher, DetectedBrowser, LaunchOptions } from "../browser.ts";
import { playwrightLauncher } from "../launch/launcher.ts";
import { unusableReason } from "../launch/unusable.ts";
import { webNnDevices, type BrowserCapabilities, type ProbeResult, type WebNnDevice } from "./capabilities.ts";
import { probeCodecs } from "./page/codecs.ts";
import { probeWasm } from "./page/wasm.ts";
import { probeWebGl } from "./page/webgl.ts";
import { probeWebGpu } from "./page/webgpu.ts";
import { probeWebNn } from "./page/webnn.ts";

export interface ProbeOptions extends Omit<LaunchOptions, "timeout_ms"> {
  /** Until the browser has started. */
  readonly startTimeout_ms?: number;
  /** For each of the things that it is asked to do. */
  readonly partTimeout_ms?: number;
  readonly launcher?: BrowserLauncher;
}

/** Formats that tests ask for, and what a browser knows them by. */
const formats = {
  h264: 'video/mp4; codecs="avc1.42E01E"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"',
  vp8: 'video/webm; codecs="vp8"',
  vp9: 'video/webm; codecs="vp9"',
  av1: 'video/mp4; codecs="av01.0.05M.08"',
  aac: 'audio/mp4; codecs="mp4a.40.2"',
  mp3: "audio/mpeg",
  opus: 'audio/webm; codecs="opus"',
  vorbis: 'audio/ogg; codecs="vorbis"',
  flac: 'audio/ogg; codecs="flac"',
};

/** Answered by us: a page on which the browser allows what it keeps from insecure ones, without a server. */
const address = "https://probe.invalid/";
/** Without them there is no memory to share. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const closeTimeout_ms = 10_000;

/** Starts a browser and has it do each thing that tests may ask for. Never throws for what the browser does. */
export async function probeBrowser(browser: DetectedBrowser, options: ProbeOptions = {}): Promise<ProbeResult> {
  const { launcher = playwrightLauncher, startTimeout_ms = 45_000, partTimeout_ms = 15_000, ...rest } = options;
  let started: Browser | undefined;
  try {
    started = await launcher.launch(browser, { webNn: true, ...rest, timeout_ms: startTimeout_ms });
    const parts = await Parts.open(started, { partTimeout_ms, startTimeout_ms, signal: options.signal });
    return { started: true, capabilities: await capabilitiesOf(parts) };
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = error instanceof Error && "details" in error ? (error.details as { reason?: string }).reason : undefined;
    return { started: false, reason: (reason ?? unusableReason(error)).slice(0, 1000) };
  } finally {
    const closing = started?.close().catch(() => {});
    if (closing !== undefined) await within(closing, closeTimeout_ms, "it did not end").catch(() => {});
  }
}

async function capabilitiesOf(parts: Parts): Promise<BrowserCapabilities> {
  const webgpu = await parts.ask(() => parts.page.evaluate(probeWebGpu));
  const webnn = {} as Record<WebNnDevice, BrowserCapabilities["webnn"]["cpu"]>;
  for (const device of webNnDevices) webnn[device] = await parts.ask(() => parts.page.evaluate(probeWebNn, device));
  const webgl = await parts.ask(() => parts.page.evaluate(probeWebGl, "webgl" as const));
  const webgl2 = await parts.ask(() => parts.page.evaluate(probeWebGl, "webgl2" as const));
  const wasm = await parts.ask(async () => ({ available: true as const, ...(await parts.page.evaluate(probeWasm)) }));
  const codecs = await parts.ask(async () => ({
    available: true as const,
    names: await parts.page.evaluate(probeCodecs, formats),
  }));
  return {
    webgpu,
    webnn,
    webgl,
    webgl2,
    wasm: wasm.available ? { simd: wasm.simd, threads: wasm.threads } : { simd: wasm, threads: wasm },
    codecs: codecs.available ? codecs.names : [],
  };
}

interface PartsOptions {
  readonly partTimeout_ms: number;
  readonly startTimeout_ms: number;
  readonly signal: AbortSignal | undefined;
}

/** Asks for one thing after the other, so that what hangs or crashes costs its own answer and not the others'. */
class Parts {
  readonly #browser: Browser;
  readonly #options: PartsOptions;
  /** What the browser says in its console, where it tells why something is missing. */
  readonly #said: string[] = [];
  page!: Page;
  #needsPage = false;

  /** @throws Error where the browser gives no page: it cannot be used */
  static async open(browser: Browser, options: PartsOptions): Promise<Parts> {
    const parts = new Parts(browser, options);
    await parts.#openPage();
    return parts;
  }

  private constructor(browser: Browser, options: PartsOptions) {
    this.#browser = browser;
    this.#options = options;
  }

  async ask<T extends { available: boolean }>(question: () => Promise<T>): Promise<T | { available: false; reason: string }> {
    this.#said.length = 0;
    try {
      this.#options.signal?.throwIfAborted();
      if (!this.#browser.isConnected()) return { available: false, reason: "the browser had ended before" };
      if (this.#needsPage) await this.#openPage();
      const { partTimeout_ms } = this.#options;
      const answer = await within(question(), partTimeout_ms, `no answer within ${partTimeout_ms / 1000} s`);
      if (!("reason" in answer) || typeof answer.reason !== "string") return answer;
      const reason = answer.reason.replaceAll(/\s+/g, " ");
      return { ...answer, reason: reason === "no adapter" ? this.#withSaid(reason) : reason };
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      this.#needsPage = true;
      return { available: false, reason: this.#browser.isConnected() ? plain(error) : `the browser ended: ${plain(error)}` };
    }
  }

  async #openPage(): Promise<void> {
    const { startTimeout_ms } = this.#options;
    const opening = (async () => {
      const context = await this.#browser.newContext();
      await context.route(`${address}**`, (route) =>
        route.fulfill({ contentType: "text/html", headers: isolation, body: "<!doctype html><title>probe</title>" }),
      );
      const page = await context.newPage();
      page.on("console", (message) => {
        if (this.#said.length < 8) this.#said.push(message.text());
      });
      await page.goto(address, { timeout: startTimeout_ms });
      return page;
    })();
    this.page = await within(opening, startTimeout_ms, `Timeout ${startTimeout_ms}ms exceeded.`);
    this.#needsPage = false;
  }

  #withSaid(reason: string): string {
    const said = this.#said.find((line) => /gpu|adapter|vulkan|blocklist/i.test(line));
    return said === undefined ? reason : `${reason}: ${said.slice(0, 300)}`;
  }
}

/** What a page threw, without where. */
function plain(error: unknown): string {
  const [first = ""] = reasonOf(error).split("\n", 1);
  return first.replace(/^page\.evaluate: (?:Error: )?/, "").slice(0, 300);
}

async function within<T>(promise: Promise<T>, wait_ms: number, problem: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(problem)), wait_ms);
  // Whatever becomes of it after that is nobody's matter.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
