/** Signs that a browser, or a part of it, was taken from a test; from the smallest part to the largest. */
export const browserSigns = [
  /** A page answers no more. */
  "page-hung",
  /** The process that draws a page died, and the page with it. */
  "renderer-crashed",
  /** A context is gone with all its pages, while the browser lives. */
  "context-crashed",
  /** The process that computes on the GPU died, or gives no adapter any more: every device is lost. */
  "gpu-process-lost",
  /** The system, or the browser itself, ended it for want of memory. */
  "out-of-memory",
  /** The browser is gone with all that ran in it. */
  "browser-crashed",
] as const;
export type BrowserSign = (typeof browserSigns)[number];

/** What cures a sign, from the cheapest; the last, another machine, is decided where the task's attempts are. */
export type BrowserRemedy = "new-page" | "new-context" | "new-browser" | "elsewhere";

const remedies = ["new-page", "new-context", "new-browser", "elsewhere"] as const;

const firstRemedies: Readonly<Record<BrowserSign, BrowserRemedy>> = {
  "page-hung": "new-page",
  // Chromium goes on with a new process for it; Firefox ends, and that is the larger sign.
  "renderer-crashed": "new-page",
  "context-crashed": "new-context",
  "gpu-process-lost": "new-browser",
  "out-of-memory": "new-browser",
  "browser-crashed": "new-browser",
};

/**
 * What to do about a sign that was seen in a browser: each time further than the time before.
 * @param before how many signs were seen in the same browser before this one
 */
export function remedyFor(sign: BrowserSign, before: number): BrowserRemedy {
  const first = remedies.indexOf(firstRemedies[sign]);
  return remedies[Math.min(first + before, remedies.length - 1)] ?? "elsewhere";
}

/** What was seen of a browser when something went wrong in it; each part where it is known. */
export interface SeenOfBrowser {
  /** What the driver, the page or the browser said. */
  readonly text?: string | undefined;
  /** The browser's process has ended, or its connection was cut, without our asking. */
  readonly isBrowserGone?: boolean | undefined;
  /** The driver's event of a page that crashed. */
  readonly hasPageCrashed?: boolean | undefined;
  /** The context was closed, and not by the test. */
  readonly isContextGone?: boolean | undefined;
  /** The page did not answer the simplest question in time. */
  readonly isPageSilent?: boolean | undefined;
  /** A device of WebGPU, or a context of WebGL, was lost without our asking. */
  readonly isDeviceLost?: boolean | undefined;
  /** There was a GPU adapter before in this browser, and now there is none. */
  readonly isAdapterGone?: boolean | undefined;
  /** The system killed for want of memory meanwhile. */
  readonly hasSystemRunOut?: boolean | undefined;
}

/** More of a text says nothing new. */
const textLimit = 20_000;

/** What browsers say when memory is wanting; a sign only beside the end of something, for a script is told of it by an error. */
const memoryWords =
  /\bout of memory\b|\bOOM\b|Array buffer allocation failed|(?:heap|memory) limit reached|allocation size overflow/i;
/**
 * Chromium's Dawn (https://dawn.googlesource.com/dawn), Firefox's wgpu (https://github.com/gfx-rs/wgpu), WebGL, and the browser itself of
 * its GPU process.
 */
const gpuWords =
  /A valid external Instance reference no longer exists|GPU process (?:exited unexpectedly|was killed|isn't usable|lost)|(?:GPU|WebGPU|Parent) device (?:was |is )?lost|CONTEXT_LOST_WEBGL/i;
/** Playwright in all its languages, Puppeteer, and those that speak WebDriver (https://w3c.github.io/webdriver/#errors). */
const rendererWords = /Target crashed|Page crashed|tab crashed|renderer crashed/i;
const contextWords = /\bcontext crashed\b/i;
const browserWords =
  /Browser has been closed|browser has (?:disconnected|crashed)|: Browser closed\b|Navigation failed because browser has disconnected|disconnected: not connected to DevTools|chrome not reachable/i;
/** Said of a page, a context or a browser alike. */
const closedWords =
  /Target page, context or browser has been closed|Protocol error .{0,200}: (?:Target|Session|Connection) closed/i;
const hungWords = /\bpage hung\b|\bpage (?:is )?unresponsive\b/i;

/**
 * The one sign in what was seen, and the largest where several fit: a browser that is gone has taken its pages along. Undefined where
 * nothing speaks of the browser: then it is the test's own result.
 */
export function signOf(seen: SeenOfBrowser): BrowserSign | undefined {
  const text = (seen.text ?? "").slice(0, textLimit);
  const isGone = seen.isBrowserGone === true || browserWords.test(text);
  const hasCrashed = seen.hasPageCrashed === true || rendererWords.test(text);
  if (isGone) return seen.hasSystemRunOut === true || memoryWords.test(text) ? "out-of-memory" : "browser-crashed";
  // Of what a script asks too much of, it is told by an error, which is its result: something has to be gone as well.
  if (hasCrashed) return seen.hasSystemRunOut === true || memoryWords.test(text) ? "out-of-memory" : "renderer-crashed";
  if (seen.isDeviceLost === true || seen.isAdapterGone === true || gpuWords.test(text)) return "gpu-process-lost";
  if (seen.isContextGone === true || contextWords.test(text) || closedWords.test(text)) return "context-crashed";
  if (seen.isPageSilent === true || hungWords.test(text)) return "page-hung";
  return undefined;
}

/** What a sign means, as the end of a sentence that begins with the browser's name; each tells its sign again. */
export const browserSignWords: Readonly<Record<BrowserSign, string>> = {
  "page-hung": "has a page that answers no more (page hung)",
  "renderer-crashed": "lost the process of a page (renderer crashed)",
  "context-crashed": "lost a context with its pages (context crashed)",
  "gpu-process-lost": "gives no GPU any more, or lost all that it had of it (GPU process lost)",
  "out-of-memory": "was ended for want of memory (browser has crashed: out of memory)",
  "browser-crashed": "is gone (browser has crashed)",
};

/**
 * Whether a failure's text says that the browser died under the test. A test that closes its own page and then uses it reads the same: it
 * fails again in a new browser, and that is its result.
 */
export function speaksOfBrowser(text: string): boolean {
  return signOf({ text }) !== undefined;
}
