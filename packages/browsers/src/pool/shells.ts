import type { DetectedBrowser } from "../browser.ts";

/** Whether it is the program without windows that is meant of a browser. */
export function isShell({ executable, headlessShell }: DetectedBrowser): boolean {
  return executable === headlessShell;
}

/** Chooses between a browser and its headless shell, of which those that did not start are left alone. */
export class HeadlessShells {
  readonly #unfit = new Set<string>();

  /** @param willDo what is to run needs no more than the shell has */
  choose(browser: DetectedBrowser, willDo: boolean): DetectedBrowser {
    const { headlessShell } = browser;
    if (!willDo || headlessShell === undefined || this.#unfit.has(headlessShell)) return browser;
    return { ...browser, executable: headlessShell };
  }

  /** It did not start. @returns whether it is a shell, in whose place the browser itself is taken from now on */
  leave(browser: DetectedBrowser): boolean {
    if (!isShell(browser)) return false;
    this.#unfit.add(browser.executable);
    return true;
  }
}
