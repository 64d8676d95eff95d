import type { Browser, BrowserContext } from "playwright-core";

/** A context of its own for one case. */
export interface OpenContext {
  readonly context: BrowserContext;
  /** Sends what its pages tell through `window.shardwright` to this listener from now on. */
  readonly listen: (onText: (text: string) => void) => void;
}

/** What a context is made of. Two that are made of the same are as good as each other, until one was used. */
export interface ContextMaking {
  readonly browser: Browser;
  /** Where relative addresses begin. */
  readonly baseURL: string;
  /** Put into each page before its own scripts. */
  readonly pageScript: string;
}

/** @throws what Playwright throws */
export async function openContext({ browser, baseURL, pageScript }: ContextMaking): Promise<OpenContext> {
  const context = await browser.newContext({ baseURL });
  let listener: (text: string) => void = () => {};
  await context.exposeBinding("__shardwright", (_source, text: string) => listener(text));
  await context.addInitScript({ content: pageScript });
  return {
    context,
    listen(onText) {
      listener = onText;
    },
  };
}

interface Ahead {
  readonly making: ContextMaking;
  /** Undefined where it could not be made. */
  readonly opening: Promise<OpenContext | undefined>;
  isGone: boolean;
}

/**
 * One context that is made while a case runs, for the case after it: new, with an empty page, and never used before. Most of what a short
 * case takes is to wait for its page to be drawn; meanwhile there is time.
 */
export class ContextAhead {
  #ahead: Ahead | undefined;

  /** Begins to make one, where there is none of the same making. Never throws. */
  prepare(making: ContextMaking): void {
    if (this.#ahead !== undefined && isSame(this.#ahead.making, making) && !this.#ahead.isGone) return;
    void this.drop();
    const ahead: Ahead = { making, isGone: false, opening: this.#open(making, () => (ahead.isGone = true)) };
    this.#ahead = ahead;
  }

  /** Hands out the one that was made, to nobody else ever; undefined where there is none of this making, or its browser took it along. */
  async take(making: ContextMaking): Promise<OpenContext | undefined> {
    const ahead = this.#ahead;
    if (ahead === undefined) return undefined;
    if (!isSame(ahead.making, making)) {
      void this.drop();
      return undefined;
    }
    this.#ahead = undefined;
    const opened = await ahead.opening;
    return ahead.isGone ? undefined : opened;
  }

  /** Closes it. Never throws; nobody has to wait for it. */
  async drop(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    await ahead?.opening.then((opened) => opened?.context.close()).catch(() => {});
  }

  async #open(making: ContextMaking, onGone: () => void): Promise<OpenContext | undefined> {
    let opened: OpenContext | undefined;
    try {
      opened = await openContext(making);
      opened.context.once("close", onGone);
      const page = await opened.context.newPage();
      page.once("crash", onGone);
      return opened;
    } catch {
      // The next case makes its own, and is told why if that does not go either.
      void opened?.context.close().catch(() => {});
      return undefined;
    }
  }
}

function isSame(one: ContextMaking, other: ContextMaking): boolean {
  return one.browser === other.browser && one.baseURL === other.baseURL && one.pageScript === other.pageScript;
}
