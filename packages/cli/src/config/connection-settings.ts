import { addressProblem } from "@shardwright/client";
import { nameSchema } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

const seconds = z.number().positive().max(604_800);
/** With its scheme: an address without one may as well be a slip. */
const coordinatorAddress = z.string().superRefine((address, context) => {
  const problem =
    addressProblem(address) ?? (/^https?:\/\//i.test(address) ? undefined : `${address} lacks its https:// or http://.`);
  if (problem !== undefined)
    context.addIssue({ code: "custom", message: `${problem} Give one such as https://shardwright.example.com:8080.` });
});

/** Where the coordinator is, who asks it, and for which project. */
export const connectionSettings = {
  coordinator: {
    kind: "list",
    schema: list(coordinatorAddress),
    value: "<url...>",
    describe: "addresses of the coordinators, separated by commas; without one, `run` brings its own",
    commands: [
      "run",
      "worker",
      "runs",
      "flaky",
      "trends",
      "quarantine",
      "audit",
      "token",
      "task",
      "split",
      "doctor",
      "cluster",
      "bisect-order",
      "trends-bisect",
    ],
  },
  coordinatorFailoverStrategy: {
    kind: "text",
    schema: z.enum(["ordered", "random", "leader"]),
    value: "<strategy>",
    describe:
      "which of several coordinators is asked first: ordered (the first that answers, in the order given), random, or leader (where answers say the leader is)",
    default: "leader",
    commands: [
      "run",
      "worker",
      "runs",
      "flaky",
      "trends",
      "quarantine",
      "audit",
      "token",
      "task",
      "split",
      "doctor",
      "cluster",
      "bisect-order",
      "trends-bisect",
    ],
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
      "trends",
      "quarantine",
      "audit",
      "token",
      "task",
      "split",
      "doctor",
      "cluster",
      "coordinator",
      "bisect-order",
      "trends-bisect",
    ],
  },
  apiKey: {
    kind: "text",
    schema: text,
    value: "<token>",
    describe: "token for the coordinator (better given as SHARDWRIGHT_API_KEY: flags show in process lists)",
    commands: [
      "run",
      "worker",
      "runs",
      "flaky",
      "trends",
      "quarantine",
      "audit",
      "token",
      "task",
      "split",
      "doctor",
      "cluster",
      "bisect-order",
      "trends-bisect",
    ],
  },
  identityAudience: {
    kind: "text",
    schema: z.string().min(1).max(512),
    value: "<text>",
    describe:
      "without a token, what the CI system is asked to sign who this job is for, as the coordinator's rules name it (default: the first coordinator's address)",
    commands: [
      "run",
      "worker",
      "runs",
      "flaky",
      "trends",
      "quarantine",
      "task",
      "split",
      "doctor",
      "bisect-order",
      "trends-bisect",
    ],
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
    commands: ["run", "split", "runs", "flaky", "trends", "quarantine", "task", "worker", "bisect-order", "trends-bisect"],
  },
} as const satisfies Record<string, Setting>;
