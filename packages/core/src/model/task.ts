import { z } from "zod";
import { artifactGlobSchema } from "./artifact.ts";
import { nameSchema, sha256Schema, workspacePathSchema } from "./ids.ts";
import { requirementsSchema } from "./requirement.ts";

export const taskKindSchema = z.enum(["file", "command", "benchmark", "browser"]);

/** One suite of a run: a framework and the folder its configuration lives in. */
export const suiteSchema = z.strictObject({
  name: nameSchema,
  /** The runner's name: `vitest`, `node-test`, `mocha`, `pytest`, `command`, or a plugin's. */
  runner: nameSchema,
  /** Relative to the workspace's root; `.` is the root itself. */
  directory: workspacePathSchema,
  /** What the runner needs to run the suite elsewhere as it was discovered here; the runner's own schema checks it. */
  options: z.record(z.string(), z.json()).default({}),
  /** Which files to keep of what its tests leave behind; none when absent. */
  artifacts: z.array(artifactGlobSchema).min(1).max(64).optional(),
  /**
   * Names which of its tests were asked for; all that the framework finds when absent. Runs with the same selection are compared as wholes:
   * what one of them lacks was removed. It is no part of the manifest, and no matter of workers'.
   */
  selection: z.string().min(1).max(4096).optional(),
});
export type Suite = z.infer<typeof suiteSchema>;

/** A file with more cases than this is never split: each is named twice, in its part and in the last one. */
export const splitCasesLimit = 20_000;

const casePathsSchema = z
  .array(z.array(z.string().max(4096)).min(1).max(64))
  .min(1)
  .max(splitCasesLimit);

const anyPartSchema = z.strictObject({
  /** Key of the file as a whole: its history and its place in the reports hang on it. */
  of: z.string().min(1).max(4200),
  /** From 0. */
  index: z.int().nonnegative(),
  count: z.int().min(2).max(256),
  /** What its cases should take, with what the file costs by itself, in milliseconds. */
  expected_ms: z.number().positive(),
});

/**
 * One of the shares of a heavy file's cases, each a task of its own. All but the last name the cases they run, in the order they run. The
 * last names what the others run, and runs all else: a case that nobody knew of before the file ran is in it.
 */
export const taskPartSchema = z.union([
  anyPartSchema.extend({ cases: casePathsSchema }),
  anyPartSchema.extend({ except: casePathsSchema }),
]);
export type TaskPart = z.infer<typeof taskPartSchema>;

/** How often a test may be repeated. */
export const repetitionsLimit = 100;

/** One of several runs of tests that are new, beside their ordinary one: all of them have to pass. */
export const taskRepeatSchema = z.strictObject({
  /** Key of the file that it repeats: its place in the account is there. */
  of: z.string().min(1).max(4200),
  /** From 0. */
  index: z.int().nonnegative(),
  count: z.int().positive().max(repetitionsLimit),
  /** The new cases; the whole file when absent. */
  cases: casePathsSchema.optional(),
});
export type TaskRepeat = z.infer<typeof taskRepeatSchema>;

/** `chromium`, `chrome`, `edge`, `firefox`, `webkit`, or what an operator calls theirs. A worker that offers it has the tag `browser:` and the kind. */
export const browserKindSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

/** The unit that is scheduled. Its `key` names it across runs: timings and trends hang on it. */
export const taskSchema = z.strictObject({
  key: z.string().min(1).max(4200),
  suite: nameSchema,
  kind: taskKindSchema,
  /** Relative to the workspace's root. */
  file: workspacePathSchema,
  /** Arguments passed on to the program or module, as they are. */
  args: z.array(z.string().max(4096)).max(256).default([]),
  requirements: requirementsSchema.default({}),
  /**
   * The kind of browser it runs in: `firefox`. Of several tasks of one file that differ in nothing else, each runs it in another one, and they
   * are compared with each other. Where no worker offers it, the task is skipped, and that is said.
   */
  browser: browserKindSchema.optional(),
  /** Upper bound for one attempt, in milliseconds; the run's default when absent. */
  timeout_ms: z.int().positive().optional(),
  /** SHA-256 of the file's content when it was discovered. */
  hash: sha256Schema,
  /** Size of the file in bytes: orders tasks without a history. */
  bytes: z.int().nonnegative().default(0),
  /** It changes something outside of itself: it must never run twice at the same time. */
  side_effects: z.boolean().default(false),
  part: taskPartSchema.optional(),
  repeat: taskRepeatSchema.optional(),
});
export type Task = z.infer<typeof taskSchema>;

/** `pending → leased → passed / failed / errored / skipped / cancelled`; a run that ends early leaves `incomplete`. */
export const taskStatusSchema = z.enum([
  "pending",
  "leased",
  "passed",
  "failed",
  "errored",
  "skipped",
  "cancelled",
  "incomplete",
]);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

export type FinalTaskStatus = Exclude<TaskStatus, "pending" | "leased">;

/** The key of the file that a task is, is a part of, or repeats. */
export function fileKey({ key, part, repeat }: Pick<Task, "key" | "part" | "repeat">): string {
  return part?.of ?? repeat?.of ?? key;
}

export function isFinal(status: TaskStatus): status is FinalTaskStatus {
  return status !== "pending" && status !== "leased";
}
