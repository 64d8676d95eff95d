import type { Browser, BrowserServer } from "playwright-core";

/** What drives a browser: the protocol that Playwright speaks with it. */
export type Engine = "chromium" | "firefox" | "webkit";

/** A browser that was found and said its version. That it can be used is known only after it was started. */
export interface DetectedBrowser {
  /** What tests ask for: `chromium`, `chrome`, `edge`, `firefox`, `webkit`. From what it says of itself, never from its path. */
  readonly kind: string;
  readonly engine: Engine;
  /** `stable`, `beta`, `dev`, `canary`, `esr`, or `playwright` for a build of Playwright's own. */
  readonly channel: string;
  /** `156.0.8078.79` */
  readonly version: string;
  /** Absolute path of the program, without symbolic links (but for those of snap, without which it does not know itself). */
  readonly executable: string;
  /** Path of a program of the same version that has no windows, Chromium's headless shell; absent where there is none. */
  readonly headlessShell?: string;
}

/** How a browser is started. */
export interface LaunchOptions {
  /** With a window; needs a display. */
  readonly headed?: boolean;
  /** WebGPU by the processor even where there is a GPU. */
  readonly softwareWebGpu?: boolean;
  /** WebNN where the browser hides it behind a switch. */
  readonly webNn?: boolean;
  /** Further switches of the program, as `--use-angle=vulkan`; `--enable-features` among them is joined with ours. Not for Firefox. */
  readonly switches?: readonly string[];
  /** Added to the environment of its processes: a mark by which they are found when whoever started them is gone. */
  readonly environment?: Readonly<Record<string, string>>;
  /** An existing folder for downloads, videos and traces, which stays when it ends; without it, one of Playwright's own that goes with it. */
  readonly artifacts?: string;
  /** Until it has started; what takes longer is ended. */
  readonly timeout_ms: number;
  readonly signal?: AbortSignal;
}

/** Starts browsers for whoever is in the same process, or as servers that other processes connect to. */
export interface BrowserLauncher {
  /** @throws ShardwrightError `browser-unusable` with the reason */
  launch(browser: DetectedBrowser, options: LaunchOptions): Promise<Browser>;
  /** @throws ShardwrightError `browser-unusable` with the reason */
  serve(browser: DetectedBrowser, options: LaunchOptions): Promise<BrowserServer>;
}
