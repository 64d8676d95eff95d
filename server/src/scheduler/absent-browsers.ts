import { browserInWords, type FactBody, tagsOfBrowser } from "@shardwright/core";
import { settleTasks } from "./endings.ts";
import { isOfRun } from "./matching.ts";
import { noticeOnce } from "./notices.ts";
import type { RunState, TaskState } from "./run-state.ts";
import type { SchedulerState } from "./state.ts";

/** The browser that a task runs in and no live worker offers, in words: `firefox with webgpu`; undefined where one does. */
export function absentBrowser(state: SchedulerState, run: RunState, { spec }: TaskState): string | undefined {
  const { browser, requirements } = spec;
  if (browser === undefined) return undefined;
  const tags = tagsOfBrowser(requirements, browser);
  for (const worker of state.workers.values()) {
    if (worker.status !== "live" || !isOfRun(run, worker)) continue;
    if (tags.every((tag) => worker.capabilities.tags.includes(tag))) return undefined;
  }
  return browserInWords(requirements.tags ?? [], browser);
}

/** Ends tasks that run in a browser nobody offers, as their run wants it, and says so in a notice of its own. @returns those that are left */
export function settleAbsent(state: SchedulerState, run: RunState, indexes: readonly number[], facts: FactBody[]): number[] {
  const left: number[] = [];
  const absent = new Map<string, number[]>();
  for (const index of indexes) {
    const task = run.task(index);
    const browser = task === undefined ? undefined : absentBrowser(state, run, task);
    if (browser === undefined) left.push(index);
    else absent.set(browser, [...(absent.get(browser) ?? []), index]);
  }
  const status = run.options.missing_browser === "error" ? "errored" : "skipped";
  for (const [browser, tasks] of absent) {
    const count = tasks.length === 1 ? "1 task was" : `${tasks.length} tasks were`;
    const message = `${count} not run, and counted as ${status}: no worker offers ${browser}.`;
    noticeOnce(run, "unsatisfiable", message, facts);
    settleTasks(state, run, tasks, status, `no worker offers ${browser}`, facts);
  }
  return left;
}
