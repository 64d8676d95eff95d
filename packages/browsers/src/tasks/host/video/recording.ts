import type { BrowserContext, Page } from "playwright-core";
import { within } from "../within.ts";
import { encodeVideo } from "./encode.ts";
import { Frames } from "./frames.ts";

const rate = 10;
/** Of what each browser makes of it. */
const quality = 60;
const size = { width: 1280, height: 720 };
/** Until a page that hangs is left alone. */
const stopTimeout_ms = 2000;
const encodeTimeout_ms = 30_000;

/** What the pages of one case look like while it runs. All of it is in memory until it is to be kept. */
export class Recording {
  readonly #pagesLimit: number;
  readonly #pages: { readonly page: Page; readonly frames: Frames }[] = [];
  #problem: unknown;

  /** Begins with each page that the context opens, up to a number of them. */
  constructor(context: BrowserContext, pagesLimit: number) {
    this.#pagesLimit = pagesLimit;
    context.on("page", (page) => this.#begin(page));
  }

  #begin(page: Page): void {
    if (this.#pages.length >= this.#pagesLimit) return;
    const frames = new Frames();
    this.#pages.push({ page, frames });
    page.screencast
      .start({ onFrame: ({ data }) => frames.add({ time_ms: performance.now(), data }), size, quality, fps: rate })
      .catch((error: unknown) => (this.#problem ??= error));
  }

  /** @param fileFor the path for a page's video, by its number @returns why there are fewer than pages */
  async keep(ffmpeg: string, fileFor: (page: number) => string): Promise<unknown[]> {
    const end_ms = performance.now();
    await this.#stop();
    const problems: unknown[] = [];
    let count = 0;
    for (const { frames } of this.#pages) {
      const taken = frames.all();
      if (taken.length === 0) continue;
      const path = fileFor(count);
      count += 1;
      await encodeVideo(taken, end_ms, { ffmpeg, path, timeout_ms: encodeTimeout_ms }).catch((error: unknown) =>
        problems.push(error),
      );
    }
    if (count === 0 && this.#pages.length > 0) problems.push(this.#problem ?? new Error("its page was never drawn"));
    return problems;
  }

  async #stop(): Promise<void> {
    const open = this.#pages.filter(({ page }) => !page.isClosed());
    await Promise.all(open.map(({ page }) => within(page.screencast.stop(), stopTimeout_ms).catch(() => {})));
  }
}
