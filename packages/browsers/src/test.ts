/**
 * What test modules for browsers import: `import { test } from "@shardwright/browsers/test"`. Imports nothing at run time, so that a copy of
 * it in the project's own node_modules serves as well as ours.
 */
import type { BrowserTools } from "./tasks/tools.ts";

export type { BrowserTools } from "./tasks/tools.ts";

/** What a case does. It passes when this ends without throwing, and no script of its pages threw what nobody caught. */
export type BrowserTestFunction = (tools: BrowserTools) => unknown;

export interface BrowserTestOptions {
  /** For this case alone, in seconds. */
  readonly timeout?: number;
}

/** One `test(…)` of a module. */
export interface BrowserTestEntry {
  readonly name: string;
  readonly run: BrowserTestFunction;
  readonly options: BrowserTestOptions;
  /** Why it is not run; empty where nobody says why. */
  readonly skipped?: string | undefined;
}

const register = Symbol.for("shardwright.browser-tests");

function entries(): BrowserTestEntry[] {
  const place = globalThis as unknown as Record<symbol, BrowserTestEntry[] | undefined>;
  return (place[register] ??= []);
}

/** Defines a case. Those of a module run one after the other, in the order in which they are defined, each with a page of its own. */
export function test(name: string, run: BrowserTestFunction, options: BrowserTestOptions = {}): void {
  entries().push({ name, run, options });
}

/** Defines a case that does not run. @param why shown in the reports */
test.skip = (name: string, run?: BrowserTestFunction, why = ""): void => {
  entries().push({ name, run: run ?? (() => {}), options: {}, skipped: why });
};

/** The cases that were defined since this was asked last. */
export function takeBrowserTests(): BrowserTestEntry[] {
  return entries().splice(0);
}
