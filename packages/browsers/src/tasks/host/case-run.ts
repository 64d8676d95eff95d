import { once, type EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { browserSignWords, signOf, speaksOfBrowser, type BrowserSign, type CaseResult } from "@shardwright/core";
import type { Browser, BrowserContext, ConsoleMessage, Page } from "playwright-core";
import type { BrowserTools } from "../tools.ts";
import { beginsElsewhere } from "./begins-elsewhere.ts";
import { openContext, type ContextAhead, type ContextMaking } from "./contexts.ts";
import type { PeakMemory } from "./peak-memory.ts";
import { deviceOf } from "./device.ts";
import type { Evidence } from "./evidence.ts";
import { within } from "./within.ts";
import { expect } from "./expect.ts";
import { Measurements } from "./measurements.ts";
import { pageMessageSchema, type PageMessage } from "./page-messages.ts";
import { describeError } from "./texts.ts";
import { blankPath } from "./serve-workspace.ts";

/** What all the cases of a task have in common. */
export interface TaskPlace {
  readonly browser: Browser;
  readonly runsIn: BrowserTools["runsIn"];
  readonly dimensions: Readonly<Record<string, string>>;
  readonly origin: string;
  /** Address of the test's own file: relative addresses of its pages begin here. */
  readonly address: string;
  readonly args: BrowserTools["args"];
  readonly words: readonly string[];
  /** Put into each page before its own scripts. */
  readonly pageScript: string;
  readonly evidence: Evidence | undefined;
  readonly failsOnPageErrors: boolean;
  readonly print: (text: string) => void;
  /** What adapter the page was given; null where there was none. */
  readonly onAdapter: (adapter: { readonly software: boolean } | null) => void;
  readonly memory: PeakMemory;
  /** Makes the context of the next case while one runs; undefined where that would disturb. */
  readonly ahead: ContextAhead | undefined;
}

export interface CaseEnd {
  readonly result: Pick<CaseResult, "status" | "duration_ms" | "message" | "details" | "metrics" | "computed">;
  /** What took the browser from it. */
  readonly sign?: BrowserSign | undefined;
  readonly isTimeout?: boolean;
  /** A page of it did not end. */
  readonly isSpoilt?: boolean;
}

const closeTimeout_ms = 5000;
/** The event that a browser is gone may come after the error that says so. */
const eventPatience_ms = 1000;
const consoleLimit = 10_000;

class CaseTimeout extends Error {}

/** One case in a context of its own. */
export class CaseRun {
  readonly measurements: Measurements;
  readonly #place: TaskPlace;
  readonly #timeout_ms: number;
  readonly #pageErrors: unknown[] = [];
  readonly #lost = Promise.withResolvers<never>();
  #sign: BrowserSign | undefined;
  #isClosing = false;
  #onMessage: (message: PageMessage) => void = () => {};

  constructor(place: TaskPlace, timeout_ms: number) {
    this.#place = place;
    this.#timeout_ms = timeout_ms;
    this.#lost.promise.catch(() => {});
    this.measurements = new Measurements(place.dimensions, place.print);
  }

  /** Tells of messages that only a page which is a test by itself sends. */
  listen(onMessage: (message: PageMessage) => void): void {
    this.#onMessage = onMessage;
  }

  /** An error that nobody caught, in the process that runs the tests. */
  fail(error: unknown): void {
    this.#lost.reject(error);
  }

  /**
   * @param name for what is kept of a failure
   * @param mayFollow another case is likely to come after it
   */
  async run(name: string, work: (tools: BrowserTools) => unknown, mayFollow: boolean): Promise<CaseEnd> {
    const begun = performance.now();
    const { browser } = this.#place;
    const onGone = () => this.#take("browser-crashed");
    browser.once("disconnected", onGone);
    let context: BrowserContext | undefined;
    let thrown: { error: unknown } | undefined;
    try {
      await this.#inTime(async () => {
        context = await this.#open();
        const tools = await this.#tools(context, !beginsElsewhere(work));
        if (mayFollow) this.#place.ahead?.prepare(this.#making);
        await work(tools);
      });
      if (this.#pageErrors.length > 0 && this.#place.failsOnPageErrors) thrown = { error: this.#pageErrors[0] };
    } catch (error) {
      thrown = { error };
    }
    if (thrown !== undefined) await this.#settle(thrown.error);
    const duration_ms = performance.now() - begun;
    browser.off("disconnected", onGone);
    if (context !== undefined) {
      // One that lost its browser is no success, whatever it found.
      const hasFailed = thrown !== undefined || this.#sign !== undefined;
      const isThere = this.#sign !== "browser-crashed";
      const problems = (await this.#place.evidence?.keep(context, { name, hasFailed, isThere })) ?? [];
      for (const problem of problems) this.#place.print(`${problem}\n`);
    }
    if (this.#sign === undefined) await this.#place.memory.look();
    const isSpoilt = !(await this.#close(context));
    return { ...this.#endOf(thrown, duration_ms), sign: this.#sign, isSpoilt };
  }

  #endOf(caught: { error: unknown } | undefined, duration_ms: number): CaseEnd {
    // It went with the last thing that the case did: whether all of that was right nobody can tell.
    const thrown = caught ?? (this.#sign === undefined ? undefined : { error: lossOf(this.#sign) });
    const measured = this.measurements.take(thrown === undefined);
    if (thrown === undefined) return { result: { status: "passed", duration_ms, ...measured } };
    const status = this.#sign === undefined ? "failed" : "errored";
    const isTimeout = thrown.error instanceof CaseTimeout;
    const described = describeError(thrown.error);
    // What went wrong with the browser has to be told from what the test found wrong.
    const isTold = this.#sign === undefined || speaksOfBrowser(described.message);
    const message = isTold ? described.message : `${lossOf(this.#sign ?? "browser-crashed")} ${described.message}`;
    const more = this.#pageErrors.filter((error) => error !== thrown.error).map((error) => describeError(error).details);
    const details = [isTimeout ? described.message : described.details, ...more].join("\n\nAn error in the page: ");
    return { result: { status, duration_ms, message, details, ...measured }, isTimeout };
  }

  get #making(): ContextMaking {
    const { browser, address, pageScript } = this.#place;
    // Addresses are relative to the file's folder, so that all files of a folder can begin in the same.
    return { browser, baseURL: new URL(".", address).href, pageScript };
  }

  async #open(): Promise<BrowserContext> {
    const { evidence, print, ahead } = this.#place;
    const { context, listen } = (await ahead?.take(this.#making)) ?? (await openContext(this.#making));
    listen((text) => this.#onText(text));
    context.on("close", () => {
      if (!this.#isClosing) this.#take("context-crashed");
    });
    context.on("console", (message) => print(consoleLine(message)));
    context.on("weberror", (event) => this.#onPageError(event.error()));
    for (const page of context.pages()) this.#watch(page);
    context.on("page", (page) => this.#watch(page));
    await evidence?.begin(context);
    return context;
  }

  async #tools(context: BrowserContext, beginsHere: boolean): Promise<BrowserTools> {
    const { browser, runsIn, origin, address, args, words } = this.#place;
    const page = context.pages()[0] ?? (await context.newPage());
    if (beginsHere) await page.goto(`${origin}${blankPath}`);
    const { measurements } = this;
    return {
      page,
      context,
      browser,
      runsIn,
      device: deviceOf(page, measurements),
      metrics: measurements,
      compute: (name, values, tolerance) => measurements.compute(name, values, tolerance),
      expect,
      args,
      words,
      url: (path) => new URL(path, address).href,
    };
  }

  #watch(page: Page): void {
    page.on("crash", () => this.#take("renderer-crashed"));
  }

  #onPageError(error: Error): void {
    this.#pageErrors.push(error);
    this.#place.print(`[page error] ${error.stack ?? error.message}\n`);
  }

  #onText(text: string): void {
    const message = pageMessageSchema.parse(JSON.parse(text));
    const { measurements } = this;
    switch (message.type) {
      case "metric": {
        const { name, value, replicates, ...options } = message.metric;
        if (replicates === undefined || replicates.length === 0) measurements.record(name, value, defined(options));
        else measurements.recordAll(name, replicates, defined(options));
        return;
      }
      case "measured":
        measurements.recordAll(message.name, message.values, message);
        return;
      case "computed":
        measurements.compute(message.computed.name, message.computed.values, message.computed.tolerance);
        return;
      case "adapter":
        if (message.info !== null) measurements.noteAdapter(message.info.software);
        this.#place.onAdapter(message.info);
        return;
      case "lost":
        this.#take("gpu-process-lost", ` The WebGPU device was lost (${message.reason}): ${message.message}`);
        return;
      case "report":
      case "finish":
        this.#onMessage(message);
    }
  }

  #take(sign: BrowserSign, more = ""): void {
    if (this.#isClosing) return;
    // What is gone as a whole takes its parts along.
    if (this.#sign === undefined || sign === "browser-crashed") this.#sign = sign;
    this.#lost.reject(new Error(`${lossOf(sign)}${more}`));
  }

  async #inTime(work: () => Promise<void>): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const onLate = () => reject(new CaseTimeout(`The test ran longer than ${this.#timeout_ms / 1000} s.`));
    const timer = setTimeout(onLate, this.#timeout_ms);
    try {
      await Promise.race([work(), late, this.#lost.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the event that belongs to an error which speaks of a browser that is gone. */
  async #settle(thrown: unknown): Promise<void> {
    if (this.#sign === "browser-crashed" || thrown instanceof CaseTimeout) return;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (this.#sign === undefined && !speaksOfBrowser(text)) return;
    const { browser } = this.#place;
    if (browser.isConnected())
      await Promise.race([once(browser as unknown as EventEmitter, "disconnected"), pause(eventPatience_ms)]);
    if (!browser.isConnected()) this.#sign = signOf({ text, isBrowserGone: true });
    // Of a device that a page asked for by itself nothing else tells.
    else if (signOf({ text }) === "gpu-process-lost") this.#sign ??= "gpu-process-lost";
  }

  /** @returns whether it is gone: one that hangs may be there for ever */
  async #close(context: BrowserContext | undefined): Promise<boolean> {
    this.#isClosing = true;
    if (context === undefined || !this.#place.browser.isConnected()) return true;
    return within(context.close(), closeTimeout_ms).then(
      () => true,
      () => false,
    );
  }
}

function lossOf(sign: BrowserSign): string {
  return `The browser ${browserSignWords[sign]}.`;
}

function consoleLine(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  const place = url === "" ? "" : ` (${url.replace(/^https?:\/\/[^/]+\//, "")}:${lineNumber + 1})`;
  return `[console.${message.type()}] ${message.text().slice(0, consoleLimit)}${place}\n`;
}

/** Without what is there and undefined. */
function defined<T extends object>(options: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
