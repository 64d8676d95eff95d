import { nameSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

/** What is told, and where it is written. */
export const reportSettings = {
  outputDir: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe: "where the reports go",
    default: "./shardwright-report",
    commands: ["run", "worker", "report"],
  },
  reportFormats: {
    kind: "list",
    schema: list(nameSchema),
    value: "<format...>",
    describe: "which reports to write: json, xml (JUnit), html, md, or a plugin's (default: all)",
    commands: ["run", "worker", "report"],
  },
  baseBranch: {
    kind: "text",
    schema: z.string().min(1).max(512),
    value: "<name>",
    describe:
      "the branch whose last runs this one is compared with (default: what the pull request is to be merged into, else the same branch)",
    commands: ["run", "worker"],
  },
  baseReport: {
    kind: "list",
    schema: list(text),
    value: "<file...>",
    describe: "report.json of earlier runs to compare with, in place of those that the coordinator knows; none there is no error",
    commands: ["run", "worker", "report"],
  },
  codeOwners: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe: "who owns which files (default: CODEOWNERS where GitHub or GitLab looks for it)",
    commands: ["run", "worker", "report"],
  },
  json: {
    kind: "switch",
    schema: z.boolean(),
    describe: "print the result as JSON on standard output, and nothing else there",
    default: false,
    commands: [
      "run",
      "runs",
      "flaky",
      "trends",
      "quarantine",
      "audit",
      "token",
      "task",
      "split",
      "plugins",
      "doctor",
      "worker",
      "cluster",
      "bisect-order",
      "trends-bisect",
      "report",
    ],
  },
  stateDir: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe:
      "where the coordinator keeps its database and blobs (default: ./state; for `run` without a coordinator: ./.shardwright/state)",
    commands: ["run", "coordinator", "worker", "trends", "trends-bisect"],
  },
} as const satisfies Record<string, Setting>;
