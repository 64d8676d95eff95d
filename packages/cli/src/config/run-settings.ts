import { partNameSchema, priorities, repetitionsLimit, runKeySchema } from "@shardwright/core";
import { z } from "zod";
import { type Setting } from "./setting.ts";

const whichPriority = "give low, normal, high, or a whole number from 0 to 100";
const percent = z.int(whichPriority).min(0, whichPriority).max(100, whichPriority);
const seconds = z.number().positive().max(604_800);

/** How a run goes: what it does without a coordinator, when something fails, and for how long. */
export const runSettings = {
  fallback: {
    kind: "switch",
    schema: z.boolean(),
    describe: "run the tests without the coordinator when it cannot be reached: this job's share of them, or all",
    default: true,
    commands: ["run", "worker"],
  },
  fallbackAfter: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "how long to try to reach the coordinator before that",
    default: 60,
    commands: ["run", "worker", "bisect-order", "trends-bisect"],
  },
  runKey: {
    kind: "text",
    schema: runKeySchema,
    value: "<key>",
    describe:
      "names the run: submitting the same key again takes the run up where it stands (default on a fleet: made from the CI pipeline and the manifest); a worker with a key submits the tests found here, runs them with the pipeline's other jobs, and ends with the run",
    commands: ["run", "task", "worker"],
  },
  missingBrowser: {
    kind: "text",
    schema: z.enum(["skip", "error"]),
    value: "<outcome>",
    describe: "what becomes of tests whose browser no worker offers: skip or error",
    default: "skip",
    commands: ["run", "worker"],
  },
  allowEmpty: {
    kind: "switch",
    schema: z.boolean(),
    describe: "finding no tests is not an error",
    default: false,
    commands: ["run", "split", "worker"],
  },
  maxRetries: {
    kind: "number",
    schema: z.int().min(0).max(20),
    value: "<n>",
    describe: "how often a failed test file is run again before its failure counts",
    default: 3,
    commands: ["run", "worker"],
  },
  recoveryStrategies: {
    kind: "text",
    schema: partNameSchema,
    value: "<strategy>",
    describe:
      "what is done for a test file that failed or was lost: progressive (again, then elsewhere, then afresh), aggressive (begins elsewhere and duplicates early), minimal (one retry), or a plugin's",
    default: "progressive",
    commands: ["run", "worker"],
  },
  dealing: {
    kind: "text",
    schema: partNameSchema,
    value: "<policy>",
    describe:
      "who decides which worker gets which test files next: longest-first, or a plugin's dealing policy (default: longest-first)",
    commands: ["run", "worker"],
  },
  retryBackoffFactor: {
    kind: "number",
    schema: z.number().min(1).max(10),
    value: "<factor>",
    describe: "by how much the longest wait before a retry (0.25 s before the first) grows with each",
    default: 2,
    commands: ["run", "worker"],
  },
  quarantineFlaky: {
    kind: "number",
    schema: z.number().min(0).max(1),
    value: "<probability>",
    describe:
      "failures of tests do not count that are known to flip with more than this probability (0.05), as good as surely (default: off)",
    commands: ["run", "worker"],
  },
  stressNew: {
    kind: "number",
    schema: z.int().min(2).max(repetitionsLimit),
    value: "<n>",
    describe: "run tests that the project's history does not know so often beside their ordinary run; all of these have to pass",
    commands: ["run"],
  },
  speculation: {
    kind: "switch",
    schema: z.boolean(),
    describe: "at the end of a run, let idle workers run once more what keeps it from ending; the first result counts",
    default: true,
    commands: ["run"],
  },
  priority: {
    kind: "number",
    schema: z.union([z.enum(Object.keys(priorities) as (keyof typeof priorities)[]), percent], { error: whichPriority }),
    value: "<level>",
    describe:
      "share of the workers while several runs want them: low, normal, high, or 0 to 100; 25 points more (as from one name to the next) are twice the share",
    default: "normal",
    commands: ["run", "task", "worker"],
  },
  timeout: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "deadline for the whole run (for `task create`: for the task)",
    default: 3600,
    commands: ["run", "task", "worker"],
  },
  taskTimeout: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "deadline for one test file",
    default: 600,
    commands: ["run", "worker", "bisect-order", "trends-bisect"],
  },
  taskTimeoutMultiplier: {
    kind: "number",
    schema: z.number().min(0).max(100),
    value: "<factor>",
    describe: "a file whose durations are known may take so many times more than it ever should, at least 30 s; 0 turns that off",
    default: 1.5,
    commands: ["run", "worker"],
  },
} as const satisfies Record<string, Setting>;
