import { nameSchema, runIdSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

const seconds = z.number().positive().max(604_800);

/** What a worker is started with, and a job that is one of several. */
export const workerSettings = {
  index: {
    kind: "number",
    schema: z.int().min(0).max(9999),
    value: "<n>",
    describe:
      "which of the pipeline's jobs this is, or which share to print, counted from 0 (default: CI_NODE_INDEX, which counts from 1, or what the CI system says)",
    commands: ["split", "run", "worker"],
  },
  total: {
    kind: "number",
    schema: z.int().min(1).max(10_000),
    value: "<n>",
    describe: "how many jobs or shares there are (default: CI_NODE_TOTAL, or what the CI system says)",
    commands: ["split", "run", "worker"],
  },
  timings: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe: "last known durations (default: ./.shardwright/timings.json, which `run` writes)",
    commands: ["split", "run", "worker"],
  },
  name: {
    kind: "text",
    schema: nameSchema,
    value: "<name>",
    describe: "the worker's name (default: the host's)",
    commands: ["worker"],
  },
  slots: {
    kind: "number",
    schema: z.int().min(1).max(256),
    value: "<n>",
    describe: "tests to run at once (default: one for each processor)",
    commands: ["worker"],
  },
  firstSlot: {
    kind: "number",
    schema: z.int().min(0).max(100_000),
    value: "<n>",
    default: 0,
    describe: "number of the first slot, where several workers share a machine; tests see theirs in SHARDWRIGHT_SLOT",
    commands: ["worker"],
  },
  run: {
    kind: "text",
    schema: runIdSchema,
    value: "<id>",
    describe: "take work of this run alone",
    commands: ["worker"],
  },
  label: {
    kind: "list",
    schema: list(nameSchema),
    value: "<tag...>",
    describe: "tags that tests can require",
    commands: ["worker"],
  },
  detectBrowsers: {
    kind: "switch",
    schema: z.boolean(),
    describe:
      "look for browsers, and offer those that start to the tests that need one; a run without a fleet looks when a test does",
    default: true,
    commands: ["run", "worker"],
  },
  workspaceRoot: {
    kind: "list",
    schema: list(text),
    value: "<path...>",
    describe: "run tests only in workspaces below these folders",
    commands: ["worker"],
  },
  workspaceDir: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe: "where checkouts are made and kept (default: a folder for this worker in the user's cache)",
    commands: ["worker"],
  },
  workspaceQuota: {
    kind: "number",
    schema: z.number().positive(),
    value: "<MiB>",
    describe: "room for checkouts that no run uses",
    default: 20_480,
    commands: ["worker"],
  },
  ephemeral: {
    kind: "switch",
    schema: z.boolean(),
    describe: "leave nothing behind at the end, not even what would make the next start quicker",
    default: false,
    commands: ["worker"],
  },
  resultsBuffer: {
    kind: "number",
    schema: z.number().positive().max(1_048_576),
    value: "<MiB>",
    describe: "room on the worker's disk, in its --workspace-dir, for results that no coordinator takes; then tests wait",
    default: 1024,
    commands: ["worker"],
  },
  heartbeatInterval: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe:
      "time between a worker's heartbeats (default: what the coordinator asks for), or those of the coordinator that leads (default: by its profile)",
    commands: ["worker", "coordinator"],
  },
  reconnectInterval: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "longest time between attempts to reach the coordinator again",
    default: 5,
    commands: ["worker"],
  },
  autoReconnect: {
    kind: "switch",
    schema: z.boolean(),
    describe: "keep trying when the coordinator is away",
    default: true,
    commands: ["worker"],
  },
  drainTimeout: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "how long running tests may go on after SIGTERM before they are handed back",
    default: 30,
    commands: ["worker"],
  },
  spotNotices: {
    kind: "text",
    schema: z.enum(["aws", "gcp", "azure"]),
    value: "<cloud>",
    describe: "drain when this cloud says that it takes the machine away (a spot instance): aws, gcp or azure",
    commands: ["worker"],
  },
  idleTimeout: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "drain and end after so long without a test to run (default: stay)",
    commands: ["worker"],
  },
} as const satisfies Record<string, Setting>;
