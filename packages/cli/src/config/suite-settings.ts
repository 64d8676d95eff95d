import { nameSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

/** Which tests there are, and what they need. */
export const suiteSettings = {
  runner: {
    kind: "text",
    schema: nameSchema,
    value: "<name>",
    describe: "test framework, instead of detecting it",
    commands: ["run", "split", "task", "worker", "bisect-order", "trends-bisect"],
  },
  suite: {
    kind: "list",
    schema: list(nameSchema),
    value: "<name...>",
    describe: "run only these suites, of the configuration file or recognised",
    commands: ["run", "split", "worker", "bisect-order", "trends-bisect"],
  },
  command: {
    kind: "text",
    schema: text,
    value: "<template>",
    describe: "for --runner command: a program that leaves JUnit XML, with {file} or {files} and {junit}",
    commands: ["run", "split", "task", "worker", "bisect-order", "trends-bisect"],
  },
  testArgs: {
    kind: "text",
    schema: text,
    value: "<text>",
    describe: "for --runner browser: words for each test, quoted as for a shell: --model tiny --browser firefox",
    commands: ["run", "worker"],
  },
  testPattern: {
    kind: "list",
    schema: list(text),
    value: "<glob...>",
    describe: "which files are tests, instead of what the framework's configuration says",
    commands: ["run", "split", "worker", "bisect-order", "trends-bisect"],
  },
  testDir: {
    kind: "list",
    schema: list(text),
    value: "<path...>",
    describe: "look for tests only in these folders or files",
    commands: ["run", "split", "worker", "bisect-order", "trends-bisect"],
  },
  exclude: {
    kind: "list",
    schema: list(text),
    value: "<glob...>",
    describe: "leave these files out",
    commands: ["run", "split", "worker", "bisect-order", "trends-bisect"],
  },
  hardwareRequirements: {
    kind: "list",
    schema: list(text),
    value: "<tag...>",
    describe: "what every test needs of its worker: cuda, browser:firefox, or a label",
    commands: ["run", "worker", "bisect-order", "trends-bisect"],
  },
  requirements: {
    kind: "json",
    schema: z.union([z.record(z.string(), z.json())]),
    value: "<json>",
    describe:
      'what the tests need, as JSON: {"os":"linux","memory_mib":4096,"browser":"firefox"}; with "browsers":["chrome","edge"] each file runs in each',
    commands: ["run", "task", "worker", "bisect-order", "trends-bisect"],
  },
  workers: {
    kind: "number",
    schema: z.int().min(0).max(256),
    value: "<n>",
    describe: "local workers (default: one for each processor; none with --coordinator)",
    commands: ["run", "bisect-order", "trends-bisect"],
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
} as const satisfies Record<string, Setting>;
