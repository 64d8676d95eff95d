import type { FactBody, FactOf } from "@shardwright/core";
import type { RunState } from "./run-state.ts";

/** Most notices a run keeps: beyond that they repeat themselves. */
const noticeLimit = 500;

/** Tells those who watch the run something about it, once. */
export function noticeOnce(run: RunState, code: FactOf<"RunNoticed">["code"], message: string, facts: FactBody[]): void {
  const key = noticeKey(code, message);
  if (run.notices.has(key) || run.notices.size >= noticeLimit) return;
  run.notices.add(key);
  facts.push({ type: "RunNoticed", run: run.id, code, message: message.slice(0, 2048) });
}

export function noticeKey(code: string, message: string): string {
  return `${code}\n${message.slice(0, 2048)}`;
}
