import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { CaseResult } from "@shardwright/core";
import { chosenCases, cut, sendToParent, type ChosenCases } from "@shardwright/runners/host";
import { firefox, chromium, webkit, type Browser } from "playwright-core";
import type { BrowserTestEntry } from "../../test.ts";
import { parseTestArguments } from "../task-arguments.ts";
import { isBenchmark } from "../test-files.ts";
import { CaseRun, type CaseEnd, type TaskPlace } from "./case-run.ts";
import { ContextAhead } from "./contexts.ts";
import { Evidence } from "./evidence.ts";
import { loadCases, pathOf } from "./load-cases.ts";
import { TaskEnding } from "./task-ending.ts";
import { pageTest } from "./page-test.ts";
import { PeakMemory } from "./peak-memory.ts";
import {
  processMemory,
  sharedNote,
  type HostConfiguration,
  type HostNotice,
  type LentBrowser,
  type LentTask,
} from "./protocol.ts";
import { serveWorkspace, type WorkspaceServer } from "./serve-workspace.ts";
import { describeError } from "./texts.ts";
import { within } from "./within.ts";

const connectTimeout_ms = 30_000;
const dropTimeout_ms = 2000;
/** What the pages of one task print is passed on up to here. */
const outputLimit = 4 * 1024 * 1024;
const engines = { chromium, firefox, webkit };
const library = readFileSync(new URL("../../measuring/page-library.mjs", import.meta.url), "utf8");

/** Runs the tasks that its process is told to. */
export class TaskHost {
  readonly #configuration: HostConfiguration;
  readonly #server: WorkspaceServer;
  #connection: { readonly endpoint: string; readonly browser: Browser } | undefined;
  #running: CaseRun | undefined;
  readonly #ahead = new ContextAhead();
  /** Cases that have run: who has run some is likely to run more. */
  #cases = 0;

  static async start(configuration: HostConfiguration): Promise<TaskHost> {
    return new TaskHost(configuration, await serveWorkspace(configuration.workspace, configuration.options.isolated));
  }

  private constructor(configuration: HostConfiguration, server: WorkspaceServer) {
    this.#configuration = configuration;
    this.#server = server;
    for (const event of ["uncaughtException", "unhandledRejection"] as const)
      process.on(event, (error: unknown) => this.#onStray(error));
  }

  async close(): Promise<void> {
    this.#server.close();
    // A context that is being made when its connection ends might stay for as long as the browser.
    await within(this.#ahead.drop(), dropTimeout_ms).catch(() => {});
    await this.#connection?.browser.close().catch(() => {});
  }

  async run(task: LentTask): Promise<void> {
    sendToParent({ type: "started", id: task.id });
    const ending = new TaskEnding();
    const memory = this.#memoryFor(task);
    try {
      await this.#runCases(task, ending, memory);
    } catch (error) {
      ending.addFault(describeError(error).message);
    }
    memory.end();
    // What failed may have left behind anything: the next file begins in a new process.
    if (ending.isBad) sendToParent({ type: "retire" });
    const metric = memory.metric(!ending.isBad && chosenCases(task) === undefined);
    if (metric === undefined && !ending.isBad)
      this.#print(
        task.id,
        task.lent.isShared ? sharedNote : `${processMemory} is not told: nothing here tells what processes use.\n`,
      );
    sendToParent({ type: "finished", id: task.id, result: { ...ending.result(), ...(metric && { metrics: [metric] }) } });
  }

  #memoryFor({ file, lent }: LentTask): PeakMemory {
    return new PeakMemory({
      dimensions: dimensionsOf(lent),
      pid: lent.isShared ? undefined : lent.pid,
      isQuiet: isBenchmark(file),
    });
  }

  async #runCases(task: LentTask, ending: TaskEnding, memory: PeakMemory): Promise<void> {
    const path = join(this.#configuration.workspace, task.file);
    const isPage = extname(task.file) === ".html";
    let entries: readonly BrowserTestEntry[] = [];
    if (!isPage)
      try {
        entries = await loadCases(path);
      } catch (error) {
        const { message, details } = describeError(error);
        ending.addUnloadable(message);
        this.#print(task.id, `${details}\n`);
        return;
      }
    const chosen = chosenCases(task);
    const paths = entries.map(pathOf);
    if (!isPage && isStrange(chosen, paths, ending)) return;
    const place = await this.#placeFor(task, memory);
    memory.begin();
    const reported: (readonly string[])[] = [];
    const report = (result: CaseResult) => {
      ending.add(result);
      reported.push(result.path);
      sendToParent({ type: "case", id: task.id, result });
    };
    const timeout_ms = (seconds: number | undefined) => (seconds ?? this.#configuration.options.timeout) * 1000;
    if (isPage) {
      const run = (this.#running = new CaseRun(place, timeout_ms(undefined)));
      this.#note(await pageTest(run, task.file, place.address, report, this.#cases++ > 0), ending);
      this.#running = undefined;
      // It cannot leave out anything: what was finished before runs again, and counts anew.
      if (!ending.isBad) isStrange(chosen, reported, ending);
      return;
    }
    const seen = new Map<string, number>();
    for (const [index, { name, run: work, options, skipped }] of entries.entries()) {
      const ordinal = seen.get(name) ?? 0;
      seen.set(name, ordinal + 1);
      const identity = { path: pathOf({ name }), ordinal, file: task.file, retries: 0 };
      if (chosen?.has(identity.path) === false) continue;
      if (skipped !== undefined) {
        report({ ...identity, status: "skipped", duration_ms: 0, ...(skipped !== "" && { message: skipped }) });
        continue;
      }
      sendToParent({ type: "running", id: task.id, case: { path: identity.path, ordinal, file: task.file } });
      const run = (this.#running = new CaseRun(place, timeout_ms(options.timeout)));
      const mayFollow = this.#cases++ > 0 || index + 1 < entries.length;
      const end = await run.run(ordinal === 0 ? name : `${name}-${ordinal + 1}`, work, mayFollow);
      this.#running = undefined;
      report({ ...identity, ...end.result });
      this.#note(end, ending);
      // The rest finds no browser, or a spoilt one.
      if (end.sign !== undefined) return;
    }
  }

  #note(end: CaseEnd, ending: TaskEnding): void {
    ending.note(end);
    const notice: HostNotice = { sign: end.sign, ...(end.isSpoilt === true && { spoilt: true }) };
    if (end.sign !== undefined || end.isSpoilt === true) sendToParent({ type: "notice", value: notice });
  }

  async #placeFor(task: LentTask, memory: PeakMemory): Promise<TaskPlace> {
    const { options } = this.#configuration;
    const { args } = parseTestArguments(task.args);
    // They slow what is measured.
    const kept = isBenchmark(task.file) ? ({ trace: "off", video: "off" } as const) : options;
    let printed = 0;
    return {
      browser: await this.#connect(task.lent),
      runsIn: { kind: task.lent.kind, version: task.lent.version },
      dimensions: dimensionsOf(task.lent),
      origin: this.#server.origin,
      address: `${this.#server.origin}/${task.file.split("/").map(encodeURIComponent).join("/")}`,
      args,
      words: task.args,
      pageScript: `${library}\nshardwright.args = ${JSON.stringify(args)};`,
      evidence: Evidence.in(process.env["SHARDWRIGHT_ARTIFACTS_DIR"], kept),
      failsOnPageErrors: options.pageErrors === "fail",
      print: (text) => {
        printed += text.length;
        if (printed <= outputLimit) this.#print(task.id, text);
      },
      onAdapter(adapter) {
        if (adapter !== null) memory.noteAdapter(adapter.software);
        sendToParent({ type: "notice", value: { adapter: adapter !== null } satisfies HostNotice });
      },
      memory,
      ahead: this.#aheadFor(task),
    };
  }

  /** What measures is not to be disturbed, and a video shows a page from its beginning. */
  #aheadFor({ file, lent }: LentTask): ContextAhead | undefined {
    return lent.isShell && !isBenchmark(file) && this.#configuration.options.video === "off" ? this.#ahead : undefined;
  }

  async #connect({ engine, wsEndpoint }: LentBrowser): Promise<Browser> {
    const before = this.#connection;
    if (before?.endpoint === wsEndpoint && before.browser.isConnected()) return before.browser;
    void before?.browser.close().catch(() => {});
    const browser = await engines[engine].connect(wsEndpoint, { timeout: connectTimeout_ms });
    this.#connection = { endpoint: wsEndpoint, browser };
    return browser;
  }

  #print(id: number, text: string): void {
    sendToParent({ type: "output", id, text });
  }

  /** Of a case that is over it is only shown. */
  #onStray(error: unknown): void {
    process.stderr.write(`An error outside of any test: ${describeError(error).details}\n`);
    this.#running?.fail(error);
  }
}

/** What all that is measured in a browser depends on. */
function dimensionsOf({ kind, version, isShell }: LentBrowser): Record<string, string> {
  return { browser: kind, version: version.slice(0, 128), ...(isShell && { program: "headless-shell" }) };
}

/** Whether a case was to run, or has been finished before, that the file does not have: it is not the file that was meant. */
function isStrange(chosen: ChosenCases | undefined, paths: readonly (readonly string[])[], ending: TaskEnding): boolean {
  chosen?.know(paths.map((path) => ({ path })));
  const [gone] = chosen?.missingFrom(paths) ?? [];
  if (gone === undefined) return false;
  ending.addFault(`The file has no case ‘${cut(gone.join(" > "), 3000)}’: names that change from run to run cannot be chosen.`);
  return true;
}
