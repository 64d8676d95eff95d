import type { BrowserSign } from "@shardwright/core";
import type { SessionTask } from "@shardwright/runners";
import type { Engine } from "../../browser.ts";
import type { BrowserOptions } from "../options.ts";

/** What a host is started with, as JSON in its first argument. */
export interface HostConfiguration {
  /** Absolute, links resolved. */
  readonly workspace: string;
  readonly options: BrowserOptions;
  /** The file whose cases are to be told, relative to the workspace: nothing is run. */
  readonly list?: string;
}

/** The browser that a task runs in. */
export interface LentBrowser {
  readonly kind: string;
  readonly engine: Engine;
  readonly version: string;
  /** It is Chromium's headless shell: what it needs is not to be compared with what the browser does. */
  readonly isShell: boolean;
  readonly wsEndpoint: string;
  /** Its main process; undefined where it is not known. */
  readonly pid: number | undefined;
  /** Other tests are in it already: what its processes need is nobody's, and not worth the time to look. */
  readonly isShared: boolean;
}

/** A task with its browser, as the host is told to run it. */
export interface LentTask extends SessionTask {
  readonly lent: LentBrowser;
}

/** What a host tells its session beside cases and results. */
export interface HostNotice {
  /** Whether the page was given a GPU adapter. */
  readonly adapter?: boolean | undefined;
  /** What took the browser, or a part of it, from the task that runs. */
  readonly sign?: BrowserSign | undefined;
  /** The browser should serve nobody after this: a page in it does not end. The test's result is its own. */
  readonly spoilt?: true | undefined;
}

/** The metric of a task that tells what all processes of its browser need. */
export const processMemory = "memory.processes";

export const sharedNote = `${processMemory} is not told: other tests were in the browser as well.\n`;
