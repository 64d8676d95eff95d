import { forecastKinds, sharedSettings } from "@shardwright/core";
import { z } from "zod";
import { list, type Setting, text } from "./setting.ts";

const address = z.url({ protocol: /^https?$/, error: "give an address such as http://10.0.0.5:8080" });
const seconds = z.number().positive().max(3600);

/** What a coordinator is started with. */
export const coordinatorSettings = {
  host: {
    kind: "text",
    schema: text,
    value: "<address>",
    describe: "address to listen on",
    default: "127.0.0.1",
    commands: ["coordinator"],
  },
  port: {
    kind: "number",
    schema: z.int().min(0).max(65_535),
    value: "<n>",
    describe: "port to listen on; 0 takes any free one",
    default: 8080,
    commands: ["coordinator"],
  },
  persistentStatePath: {
    kind: "text",
    schema: text,
    value: "<path>",
    describe:
      "another name for --state-dir: where runs, results, retries, breakers and waits are kept, for the next start to go on with",
    commands: ["coordinator"],
  },
  persistentState: {
    kind: "switch",
    schema: z.boolean(),
    value: "[yes|no]",
    describe: "keep the state for the next start; without, it is in a temporary folder that goes when the coordinator ends",
    default: true,
    commands: ["coordinator"],
  },
  tlsCert: { kind: "text", schema: text, value: "<file>", describe: "certificate chain (PEM)", commands: ["coordinator"] },
  tlsKey: { kind: "text", schema: text, value: "<file>", describe: "private key (PEM)", commands: ["coordinator"] },
  clusterCa: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe:
      "certificate (PEM) of the authority that signs the coordinators' certificates: whoever speaks as a coordinator has to show one, beside the token",
    commands: ["coordinator"],
  },
  oidcRules: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe:
      "whose identity tokens of CI jobs are exchanged for tokens, and for which (JSON, YAML or a module): CI then needs no stored token",
    commands: ["coordinator"],
  },
  signIn: {
    kind: "text",
    schema: text,
    value: "<file>",
    describe:
      "by way of which identity provider (OpenID Connect) people sign in to the dashboard, and what each may do (JSON, YAML or a module)",
    commands: ["coordinator"],
  },
  signInSecret: {
    kind: "text",
    schema: text,
    value: "<secret>",
    describe: "the client secret for that (better given as SHARDWRIGHT_SIGN_IN_SECRET)",
    commands: ["coordinator"],
  },
  trustedProxy: {
    kind: "switch",
    schema: z.boolean(),
    describe: "a proxy in front speaks TLS: allow listening beyond this machine without",
    default: false,
    commands: ["coordinator"],
  },
  insecure: {
    kind: "switch",
    schema: z.boolean(),
    describe: "listen beyond this machine without TLS all the same: tokens travel in the clear",
    default: false,
    commands: ["coordinator"],
  },
  retentionDays: {
    kind: "number",
    schema: sharedSettings["retention-days"].schema,
    value: "<days>",
    describe: "how long ended runs are kept",
    default: 30,
    commands: ["coordinator"],
  },
  blobQuota: {
    kind: "number",
    schema: z.number().positive(),
    value: "<MiB>",
    describe: "room for logs and artifacts",
    default: 10_240,
    commands: ["coordinator"],
  },
  quota: {
    kind: "list",
    schema: sharedSettings.quota.schema,
    value: "<project=n...>",
    describe: "most slots that a project may use at the same time (repeatable); *=n is for projects that are not named",
    commands: ["coordinator"],
  },
  circuitBreakerThreshold: {
    kind: "number",
    schema: sharedSettings["circuit-breaker-threshold"].schema,
    value: "<n>",
    describe: "files in a row that go wrong on a worker, while they pass elsewhere, before it is quarantined",
    default: 3,
    commands: ["run", "coordinator"],
  },
  circuitBreakerResetTime: {
    kind: "number",
    schema: sharedSettings["circuit-breaker-reset-time"].schema,
    value: "<seconds>",
    describe: "how long the first time; twice as long each time in a row, at most eight times",
    default: 300,
    commands: ["run", "coordinator"],
  },
  healthThreshold: {
    kind: "number",
    schema: sharedSettings["health-threshold"].schema,
    value: "<score>",
    describe:
      "a worker whose health is below this, of 100, gets no new tests while others can run them, and a coordinator hands leadership over; 0 turns that off",
    default: 70,
    commands: ["run", "coordinator"],
  },
  selfTuning: {
    kind: "text",
    schema: sharedSettings["self-tuning"].schema,
    value: "<mode>",
    describe: "whether the scheduler's own parameters follow what is observed: off, advise (it says what it would try), or on",
    default: "advise",
    commands: ["coordinator"],
  },
  predict: {
    kind: "list",
    schema: list(z.enum([...forecastKinds, "none"])),
    value: "<kind...>",
    describe:
      "what is foretold of workers (default: disk): also memory, errors, speed, which are wrong more often; none turns that off",
    commands: ["run", "coordinator"],
  },
  bodyLimit: {
    kind: "number",
    schema: z.number().positive().max(1024),
    value: "<MiB>",
    describe: "largest request body",
    default: 16,
    commands: ["coordinator"],
  },
  coordinatorId: {
    kind: "text",
    schema: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use lower-case letters, digits and hyphens: eu-1"),
    value: "<name>",
    describe: "its name among the coordinators of a cluster (default: one is made up at the first start)",
    commands: ["coordinator"],
  },
  coordinatorCluster: {
    kind: "text",
    schema: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use lower-case letters, digits and hyphens"),
    value: "<name>",
    describe: "the cluster's name; one of another name is not joined",
    default: "default",
    commands: ["coordinator"],
  },
  coordinatorAddresses: {
    kind: "list",
    schema: list(address),
    value: "<url...>",
    describe: "coordinators of the cluster to join at the first start; without any it founds one that others may join",
    commands: ["coordinator"],
  },
  witness: {
    kind: "switch",
    schema: z.boolean(),
    describe:
      "vote and hold the log, without tables or blobs: two coordinators and a small third bear the loss of any one (needs --coordinator-addresses)",
    default: false,
    commands: ["coordinator"],
  },
  advertiseAddress: {
    kind: "text",
    schema: address,
    value: "<url>",
    describe: "where the other coordinators reach this one (default: the address it listens on)",
    commands: ["coordinator"],
  },
  autoRecovery: {
    kind: "switch",
    schema: z.boolean(),
    describe: "make new members voters, and replace those that stay away, without an operator",
    default: true,
    commands: ["coordinator"],
  },
  failoverProfile: {
    kind: "text",
    schema: z.enum(["default", "fast", "wan", "relaxed"]),
    value: "<name>",
    describe:
      "the three timings below together: default 0.25, 2.5 to 5; fast 0.05, 0.3 to 0.6; wan 0.5, 4 to 8; relaxed 5, 8 to 15",
    default: "default",
    commands: ["coordinator"],
  },
  electionTimeoutMin: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "shortest silence after which another coordinator stands for election",
    commands: ["coordinator"],
  },
  electionTimeoutMax: {
    kind: "number",
    schema: seconds,
    value: "<seconds>",
    describe: "longest silence",
    commands: ["coordinator"],
  },
} as const satisfies Record<string, Setting>;
