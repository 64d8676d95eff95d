import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";

/** A page that hangs gives no picture. */
const screenshotTimeout_ms = 5000;
const traceTimeout_ms = 15_000;
const pagesLimit = 4;

/** What is kept of a case that failed: how its pages looked, and Playwright's trace. */
export class Evidence {
  readonly #folder: string;
  readonly #traces: boolean;

  /** @param folder the attempt's folder for artifacts; nothing is kept where there is none */
  static in(folder: string | undefined, traces: boolean): Evidence | undefined {
    return folder === undefined || folder === "" ? undefined : new Evidence(folder, traces);
  }

  private constructor(folder: string, traces: boolean) {
    this.#folder = folder;
    this.#traces = traces;
  }

  async begin(context: BrowserContext): Promise<void> {
    if (this.#traces) await context.tracing.start({ screenshots: true, snapshots: true });
  }

  /** @returns what could not be kept, and why */
  async keep(context: BrowserContext, name: string): Promise<string[]> {
    const problems: string[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>) => {
      await work().catch((error: unknown) => problems.push(`No ${what} could be kept: ${firstLine(error)}`));
    };
    await mkdir(this.#folder, { recursive: true });
    const file = (ending: string) => join(this.#folder, `${fileName(name)}${ending}`);
    for (const [index, page] of context.pages().slice(0, pagesLimit).entries())
      await attempt("screenshot", () =>
        page.screenshot({ path: file(index === 0 ? ".png" : `-${index + 1}.png`), timeout: screenshotTimeout_ms }),
      );
    if (this.#traces) await attempt("trace", () => within(context.tracing.stop({ path: file(".trace.zip") }), traceTimeout_ms));
    return problems;
  }
}

function fileName(name: string): string {
  const plain = name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "");
  return plain.slice(0, 80) || "case";
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}

/** @throws Error when it takes longer */
export async function within<T>(work: Promise<T>, limit_ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it took longer than ${limit_ms / 1000} s`)), limit_ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
