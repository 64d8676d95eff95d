import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import type { BrowserOptions } from "../options.ts";
import { findFfmpeg } from "./video/find-ffmpeg.ts";
import { Recording } from "./video/recording.ts";
import { within } from "./within.ts";

/** A page that hangs gives no picture. */
const screenshotTimeout_ms = 5000;
const traceTimeout_ms = 15_000;
const pagesLimit = 4;

export type EvidenceOptions = Pick<BrowserOptions, "trace" | "video">;

/** How a case ended, as what is kept of it depends on that. */
export interface EvidenceOf {
  /** For the names of files. */
  readonly name: string;
  readonly hasFailed: boolean;
  /** Its browser is there: pages can be asked for a picture, and a trace for its end. */
  readonly isThere: boolean;
}

/** What is kept of a case: of one that failed how its pages looked, Playwright's trace, and a video; of others a video at most. */
export class Evidence {
  readonly #folder: string;
  readonly #options: EvidenceOptions;
  #recording: Recording | undefined;
  /** The program that makes videos, or why there is none. */
  #ffmpeg: Promise<string> | undefined;

  /** @param folder the attempt's folder for artifacts; nothing is kept where there is none */
  static in(folder: string | undefined, options: EvidenceOptions): Evidence | undefined {
    return folder === undefined || folder === "" ? undefined : new Evidence(folder, options);
  }

  private constructor(folder: string, options: EvidenceOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async begin(context: BrowserContext): Promise<void> {
    this.#recording = (await this.#canRecord()) ? new Recording(context, pagesLimit) : undefined;
    if (this.#options.trace !== "off") await context.tracing.start({ screenshots: true, snapshots: true });
  }

  /** @returns what could not be kept, and why */
  async keep(context: BrowserContext, { name, hasFailed, isThere }: EvidenceOf): Promise<string[]> {
    const problems: string[] = [];
    const note = (what: string) => (error: unknown) => problems.push(`No ${what} could be kept: ${firstLine(error)}`);
    const file = (ending: string) => join(this.#folder, `${fileName(name)}${ending}`);
    const wantsVideo = this.#options.video === "always" || (hasFailed && this.#options.video === "on-failure");
    if (hasFailed || wantsVideo) await mkdir(this.#folder, { recursive: true });
    if (hasFailed && isThere)
      for (const [index, page] of context.pages().slice(0, pagesLimit).entries())
        await page
          .screenshot({ path: file(index === 0 ? ".png" : `-${index + 1}.png`), timeout: screenshotTimeout_ms })
          .catch(note("screenshot"));
    if (wantsVideo) await this.#keepVideo((index) => file(index === 0 ? ".webm" : `-${index + 1}.webm`), note("video"));
    this.#recording = undefined;
    if (hasFailed && isThere && this.#options.trace !== "off")
      await within(context.tracing.stop({ path: file(".trace.zip") }), traceTimeout_ms).catch(note("trace"));
    return problems;
  }

  async #keepVideo(fileFor: (index: number) => string, note: (error: unknown) => void): Promise<void> {
    try {
      const ffmpeg = await this.#findFfmpeg();
      for (const problem of (await this.#recording?.keep(ffmpeg, fileFor)) ?? []) note(problem);
    } catch (error) {
      note(error);
    }
  }

  /** Without a program for it there is nothing to record for. */
  async #canRecord(): Promise<boolean> {
    if (this.#options.video === "off") return false;
    return this.#findFfmpeg().then(
      () => true,
      () => false,
    );
  }

  #findFfmpeg(): Promise<string> {
    return (this.#ffmpeg ??= findFfmpeg(process.env));
  }
}

function fileName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "");
  return plain.slice(0, 80) || "case";
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
