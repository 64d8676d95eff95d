import { z } from "zod";
import { computedValueSchema, metricSchema, metricsLimit } from "./metric.ts";

export const caseStatusSchema = z.enum(["passed", "failed", "errored", "skipped"]);
export type CaseStatus = z.infer<typeof caseStatusSchema>;

/** Text that frameworks produce is cut at this many characters before it travels; the cut is said in the text. */
export const caseTextLimit = 65_536;
const text = z.string().max(caseTextLimit + 200);

/** One test inside a task, as JUnit knows it, in one attempt. */
export const caseResultSchema = z.strictObject({
  /** The titles from the outermost group to the test itself: `["math", "adds", "two numbers [1]"]`. Never empty. */
  path: z.array(z.string().max(4096)).min(1).max(64),
  /** Which of several cases with this same path in this file, counted from 0. */
  ordinal: z.int().nonnegative().default(0),
  status: caseStatusSchema,
  /** A meaning beyond the status: a todo, a failure that was expected, a pass that was not. */
  note: z.enum(["todo", "expected-failure", "unexpected-pass"]).optional(),
  duration_ms: z.number().nonnegative(),
  /** How often the framework itself ran it again inside this attempt. */
  retries: z.int().nonnegative().default(0),
  /** Relative to the workspace; absent when the framework does not say. */
  file: z.string().max(4096).optional(),
  line: z.int().positive().optional(),
  /** Why it failed or was skipped, in a line or a few. */
  message: text.optional(),
  /** Stack trace and diff. */
  details: text.optional(),
  /** What it printed, where the framework attributes output to cases. */
  output: text.optional(),
  properties: z.record(z.string().max(256), z.string().max(4096)).optional(),
  /** What it measured. */
  metrics: z.array(metricSchema).min(1).max(metricsLimit).optional(),
  /** What it computed, for comparison with other browsers and devices. */
  computed: z.array(computedValueSchema).min(1).max(16).optional(),
});
export type CaseResult = z.infer<typeof caseResultSchema>;

/** What distinguishes a case from its neighbours in the same file. */
export function caseKey(result: Pick<CaseResult, "path" | "ordinal">): string {
  return JSON.stringify([...result.path, result.ordinal]);
}

/** The case's name for people, with duplicates told apart. */
export function caseName(result: Pick<CaseResult, "path" | "ordinal">): string {
  const name = result.path.join(" > ");
  return result.ordinal === 0 ? name : `${name} (${result.ordinal + 1})`;
}

/** Cuts a text at `limit` characters, never inside a surrogate pair, and says how much was left out. */
export function cutText(value: string, limit: number = caseTextLimit): string {
  if (value.length <= limit) return value;
  const end = /[\uD800-\uDBFF]/.test(value[limit - 1] ?? "") ? limit - 1 : limit;
  return `${value.slice(0, end)}\n… ${value.length - end} more characters`;
}
