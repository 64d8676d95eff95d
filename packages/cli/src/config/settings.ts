import { addressProblem } from "@shardwright/client";
import {
  artifactCountLimit,
  artifactGlobSchema,
  artifactLimit_bytes,
  defaultArtifactLimits,
  gitUrlSchema,
  nameSchema,
  priorities,
  recoveryStrategySchema,
  repetitionsLimit,
  runIdSchema,
  runKeySchema,
  workspacePathSchema,
} from "@shardwright/core";
import { z } from "zod";
import { coordinatorSettings } from "./coordinator-settings.ts";
import { type CommandName, list, type Setting, text } from "./setting.ts";

export type { CommandName, Setting } from "./setting.ts";

const mebibyte = 1024 * 1024;
const whichPriority = "give low, normal, high, or a whole number from 0 to 100";
const percent = z.int(whichPriority).min(0, whichPriority).max(100, whichPriority);
const seconds = z.number().positive().max(604_800);
/** With its scheme: an address without one may as well be a slip. */
const coordinatorAddress = z.string().superRefine((address, context) => {
  const problem =
    addressProblem(address) ?? (/^https?:\/\//i.test(address) ? undefined : `${address} lacks its https:// or http://.`);
  if (problem !== undefined)
    context.addIssue({ code: "custom", message: `${problem} Give one such as https://shardwright.example.com:8080.` });
});

export const settings = {
  coordinator: {
    kind: "list",
    schema: list(coordinatorAddress),
    value: "<url...>",
    describe: "addresses of the coordinators, separated by commas; without one, `run` brings its own",
    commands: ["run", "worker", "runs", "flaky", "quarantine", "token", "task", "split", "doctor", "cluster", "bisect-order"],
  },
  coordinatorFailoverStrategy: {
    kind: "text",
    schema: z.enum(["ordered", "random", "leader"]),
    value: "<strategy>",
    describe:
      "which of several coordinators is asked first: ordered (the first that answers, in the order given), random, or leader (where answers say the leader is)",
    default: "leader",
    commands: ["run", "worker", "runs", "flaky", "quarantine", "token", "task", "split", "doctor", "cluster", "bisect-order"],
  },
  failoverTimeout: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe:
      "how long one coordinator may take to answer before the next one is asked; for a coordinator, how long a cluster may be without a leader before it raises an alarm",
    default: 10,
    commands: [
      "run",
      "worker",
      "runs",
      "flaky",
      "quarantine",
      "token",
      "task",
      "split",
      "doctor",
      "cluster",
      "coordinator",
      "bisect-order",
    ],
  },
  apiKey: {
    kind: "text",
    schema: text,
    value: "<token>",
    describe: "token for the coordinator (better given as SHARDWRIGHT_API_KEY: flags show in process lists)",
    commands: ["run", "worker", "runs", "flaky", "quarantine", "token", "task", "split", "doctor", "cluster", "bisect-order"],
  },
  traceCases: {
    kind: "number",
    schema: z.int().min(0).max(100_000),
    value: "<n>",
    describe:
      "where OTEL_EXPORTER_OTLP_ENDPOINT has traces sent: give single tests a span too, at most so many of a run (default: files and attempts only)",
    default: 0,
    commands: ["run", "coordinator"],
  },
  project: {
    kind: "text",
    schema: nameSchema,
    value: "<name>",
    describe: "namespace for runs and timings",
    default: "default",
    commands: ["run", "split", "runs", "flaky", "quarantine", "task", "worker", "bisect-order"],
  },
  runner: {
    kind: "text",
    schema: nameSchema,
    value: "<name>",
    describe: "test framework, instead of detecting it",
    commands: ["run", "split", "task", "worker", "bisect-order"],
  },
  suite: {
    kind: "list",
    schema: list(nameSchema),
    value: "<name...>",
    describe: "run only these suites of the configuration file",
    commands: ["run", "split", "worker", "bisect-order"],
  },
  command: {
    kind: "text",
    schema: text,
    value: "<template>",
    describe: "for --runner command: a program that leaves JUnit XML, with {file} or {files} and {junit}",
    commands: ["run", "split", "task", "worker", "bisect-order"],
  },
  testPattern: {
    kind: "list",
    schema: list(text),
    value: "<glob...>",
    describe: "which files are tests, instead of what the framework's configuration says",
    commands: ["run", "split", "worker", "bisect-order"],
  },
  testDir: {
    kind: "list",
    schema: list(text),
    value: "<path...>",
    describe: "look for tests only in these folders or files",
    commands: ["run", "split", "worker", "bisect-order"],
  },
  exclude: {
    kind: "list",
    schema: list(text),
    value: "<glob...>",
    describe: "leave these files out",
    commands: ["run", "split", "worker", "bisect-order"],
  },
  hardwareRequirements: {
    kind: "list",
    schema: list(text),
    value: "<tag...>",
    describe: "what every test needs of its worker: cuda, browser:firefox, or a label",
    commands: ["run", "worker", "bisect-order"],
  },
  requirements: {
    kind: "json",
    schema: z.union([z.record(z.string(), z.json())]),
    value: "<json>",
    describe: 'what the tests need, as JSON: {"os":"linux","memory_mib":4096,"browser":"firefox"}',
    commands: ["run", "task", "worker", "bisect-order"],
  },
  workers: {
    kind: "number",
    schema: z.int().min(0).max(256),
    value: "<n>",
    describe: "local workers (default: one for each processor; none with --coordinator)",
    commands: ["run", "bisect-order"],
  },
  workerProcesses: {
    kind: "switch",
    schema: z.boolean(),
    describe: "local workers as processes of their own, so that one that dies takes nothing with it and is replaced",
    default: false,
    commands: ["run"],
  },
  splitFiles: {
    kind: "switch",
    schema: z.boolean(),
    describe: "deal files that would keep the run from ending in several parts, where their runner can",
    default: true,
    commands: ["run", "worker"],
  },
  workspace: {
    kind: "text",
    schema: z.enum(["dir", "bundle", "git"]),
    value: "<kind>",
    describe:
      "how workers get the files: dir (a path they share), bundle (an archive of this checkout), git (they check out its commit); default: dir on this machine, else bundle",
    commands: ["run"],
  },
  setup: {
    kind: "text",
    schema: text,
    value: "<command>",
    describe: "what workers run once in a fresh checkout, such as `npm ci`; again only when a lock file differs",
    commands: ["run"],
  },
  setupLockFile: {
    kind: "list",
    schema: list(workspacePathSchema),
    value: "<path...>",
    describe: "files that decide what --setup installs (default: the usual lock files found here)",
    commands: ["run"],
  },
  setupTimeout: {
    kind: "number",
    schema: z.number().positive().max(7200),
    value: "<seconds>",
    describe: "deadline for --setup",
    default: 900,
    commands: ["run"],
  },
  gitUrl: {
    kind: "text",
    schema: gitUrlSchema,
    value: "<url>",
    describe: "for --workspace git: where workers find the repository (default: the address of origin)",
    commands: ["run"],
  },
  bundleExclude: {
    kind: "list",
    schema: list(workspacePathSchema),
    value: "<path...>",
    describe: "folders and files to leave out of a bundle, besides those that git ignores",
    commands: ["run"],
  },
  bundleLimit: {
    kind: "number",
    schema: z.number().positive().max(16_384),
    value: "<MiB>",
    describe: "largest bundle, compressed",
    default: 2048,
    commands: ["run"],
  },
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
    commands: ["run", "worker", "bisect-order"],
  },
  runKey: {
    kind: "text",
    schema: runKeySchema,
    value: "<key>",
    describe:
      "names the run: submitting the same key again takes the run up where it stands (default on a fleet: made from the CI pipeline and the manifest); a worker with a key submits the tests found here, runs them with the pipeline's other jobs, and ends with the run",
    commands: ["run", "task", "worker"],
  },
  artifacts: {
    kind: "list",
    schema: list(artifactGlobSchema),
    value: "<glob...>",
    describe:
      "files to keep of what each attempt creates or changes, relative to the suite's folder; tests also get a folder for them in SHARDWRIGHT_ARTIFACTS_DIR",
    commands: ["run", "worker"],
  },
  artifactCount: {
    kind: "number",
    schema: z.int().min(1).max(artifactCountLimit),
    value: "<n>",
    describe: "artifacts kept of one attempt",
    default: defaultArtifactLimits.count,
    commands: ["run", "worker"],
  },
  artifactSize: {
    kind: "number",
    schema: z
      .number()
      .positive()
      .max(artifactLimit_bytes / mebibyte),
    value: "<MiB>",
    describe: "largest artifact kept",
    default: defaultArtifactLimits.file_bytes / mebibyte,
    commands: ["run", "worker"],
  },
  artifactTotal: {
    kind: "number",
    schema: z.number().positive().max(16_384),
    value: "<MiB>",
    describe: "room for the artifacts of one attempt",
    default: defaultArtifactLimits.attempt_bytes / mebibyte,
    commands: ["run", "worker"],
  },
  artifactDownloads: {
    kind: "text",
    schema: z.enum(["all", "failed", "none"]),
    value: "<which>",
    describe: "whose artifacts to put beside the reports at the end: all, those of attempts that did not pass (failed), none",
    default: "failed",
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
    schema: recoveryStrategySchema,
    value: "<strategy>",
    describe:
      "what is done for a test file that failed or was lost: progressive (again, then elsewhere, then afresh), aggressive (begins elsewhere and duplicates early), minimal (one retry)",
    default: "progressive",
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
    commands: ["run", "worker", "bisect-order"],
  },
  taskTimeoutMultiplier: {
    kind: "number",
    schema: z.number().min(0).max(100),
    value: "<factor>",
    describe: "a file whose durations are known may take so many times more than it ever should, at least 30 s; 0 turns that off",
    default: 1.5,
    commands: ["run", "worker"],
  },
  outputDir: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe: "where the reports go",
    default: "./shardwright-report",
    commands: ["run", "worker"],
  },
  reportFormats: {
    kind: "list",
    schema: list(nameSchema),
    value: "<format...>",
    describe: "which reports to write: json, xml (JUnit), html, md, or a plugin's (default: all)",
    commands: ["run", "worker"],
  },
  notifyOnFailure: {
    kind: "switch",
    schema: z.union([
      z.boolean(),
      z.url({ protocol: /^https?$/, error: "give true, or an address such as https://chat.example.com/hooks/1" }),
    ]),
    value: "[url]",
    describe: "when the run is not green, ring the terminal's bell, or send its summary as JSON to this address",
    commands: ["run", "worker"],
  },
  json: {
    kind: "switch",
    schema: z.boolean(),
    describe: "print the result as JSON on standard output, and nothing else there",
    default: false,
    commands: ["run", "runs", "flaky", "quarantine", "token", "task", "split", "doctor", "worker", "cluster", "bisect-order"],
  },
  stateDir: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe:
      "where the coordinator keeps its database and blobs (default: ./state; for `run` without a coordinator: ./.shardwright/state)",
    commands: ["run", "coordinator", "worker"],
  },
  ...coordinatorSettings,
  index: {
    kind: "number",
    schema: z.int().min(0).max(9999),
    value: "<n>",
    describe:
      "which of the pipeline's jobs this is, or which share to print, counted from 0 (default: CI_NODE_INDEX, which counts from 1)",
    commands: ["split", "run", "worker"],
  },
  total: {
    kind: "number",
    schema: z.int().min(1).max(10_000),
    value: "<n>",
    describe: "how many jobs or shares there are (default: CI_NODE_TOTAL)",
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

export type SettingKey = keyof typeof settings;

/** `testPattern` → `--test-pattern`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** `testPattern` → `SHARDWRIGHT_TEST_PATTERN`. */
export function variableOf(key: string): string {
  return `SHARDWRIGHT_${flagOf(key).slice(2).replaceAll("-", "_").toUpperCase()}`;
}

export function settingsOf(command: CommandName): [SettingKey, Setting][] {
  return (Object.entries(settings) as [SettingKey, Setting][]).filter(([, setting]) => setting.commands.includes(command));
}
