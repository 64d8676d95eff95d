import { z } from "zod";
import { currencySchema, workerPricesSchema } from "../analytics/prices.ts";
import { quotasSchema } from "./quota.ts";
import { selfTuningSchema } from "./tuning.ts";
import { watchedBranchesSchema } from "./watched-branches.ts";

/** What all coordinators of a cluster do alike, once: its name, what it may be, what it is for. */
interface SharedSetting {
  /** How text becomes a value: words, a number, yes or no, or the text itself. */
  readonly kind: "list" | "number" | "switch" | "text";
  readonly schema: z.ZodType;
  readonly describe: string;
}

/**
 * Settings that may be kept in the ledger, so that whoever leads goes by them. Those that a coordinator has a flag for bear its name. What
 * is of one machine (its address, its disk, its limits) is not among them.
 */
export const sharedSettings = {
  quota: {
    kind: "list",
    schema: quotasSchema,
    describe: "most slots that a project may use at the same time; *=n is for projects that are not named",
  },
  "max-retries": {
    kind: "number",
    schema: z.int().min(0).max(20),
    describe: "how often a task that failed is run again at most, whatever its run asks for",
  },
  "circuit-breaker-threshold": {
    kind: "number",
    schema: z.int().min(1).max(100),
    describe: "files in a row that go wrong on a worker, while they pass elsewhere, before it is quarantined",
  },
  "circuit-breaker-reset-time": {
    kind: "number",
    schema: z.number().positive().max(86_400),
    describe: "for how many seconds the first time; twice as long each time in a row, at most eight times",
  },
  "health-threshold": {
    kind: "number",
    schema: z.number().min(0).max(100),
    describe:
      "a worker whose health is below this, of 100, gets no new tests while others can run them, and a coordinator hands leadership over; 0 turns that off",
  },
  "open-runs": {
    kind: "number",
    schema: z.int().min(1).max(100_000),
    describe: "runs that may be open at the same time; more are refused",
  },
  "retention-days": {
    kind: "number",
    schema: z.number().positive().max(3650),
    describe: "how long ended runs are kept",
  },
  "trends-floor": {
    kind: "number",
    schema: z.number().nonnegative().max(3_600_000),
    describe: "durations of tests become a trend once one of them is so many milliseconds long; shorter ones are noise",
  },
  "trends-alerts": {
    kind: "switch",
    schema: z.boolean(),
    describe: "whether changes of what tests take and measure are looked for, and become alerts",
  },
  "trends-branches": {
    kind: "list",
    schema: watchedBranchesSchema,
    describe:
      "branches whose changes become alerts: of a series the first of them on which it was measured; shop=develop is for one project alone",
  },
  "trends-minimum-change": {
    kind: "number",
    schema: z.number().min(0).max(1000),
    describe: "a change of less than so many percent of the level before becomes no alert",
  },
  "trends-false-share": {
    kind: "number",
    schema: z.number().positive().max(50),
    describe: "how many percent of the changes that are told may be none",
  },
  "trends-alert-days": {
    kind: "number",
    schema: z.number().positive().max(365),
    describe: "a change that was measured longer ago, such as one that was imported, becomes no alert",
  },
  "trends-silent-days": {
    kind: "number",
    schema: z.number().positive().max(365),
    describe:
      "an alert is over when its series have had no point for so long, and for ten commits that the project measured meanwhile",
  },
  "worker-prices": {
    kind: "list",
    schema: workerPricesSchema,
    describe:
      "what an hour of a worker costs, by class of hardware or label: linux-x64-4cpu*=0.12, gpu=1.8, *=0.05; the first that fits counts",
  },
  currency: {
    kind: "text",
    schema: currencySchema,
    describe: "what worker-prices are in: USD, EUR",
  },
  "public-badges": {
    kind: "switch",
    schema: z.boolean(),
    describe: "whether anybody may see the badges, which tell that a project is there and how its newest run ended",
  },
  "trends-confirm": {
    kind: "switch",
    schema: z.boolean(),
    describe:
      "whether what looks like a change at the newest commits is measured again on the workers before it becomes an alert, where runs have a git workspace",
  },
  "trends-confirm-runs": {
    kind: "number",
    schema: z.int().min(1).max(100_000),
    describe: "runs that this may take in a day",
  },
  "trends-confirm-at-once": {
    kind: "number",
    schema: z.int().min(1).max(100),
    describe: "changes that are measured again at the same time",
  },
  "self-tuning": {
    kind: "text",
    schema: selfTuningSchema,
    describe: "whether the scheduler's own parameters follow what is observed: off, advise (it says what it would try), or on",
  },
  "auto-recovery": {
    kind: "switch",
    schema: z.boolean(),
    describe: "make new members voters, and replace those that stay away, without an operator",
  },
} as const satisfies Record<string, SharedSetting>;

export type SharedKey = keyof typeof sharedSettings;
export type SharedValues = { readonly [K in SharedKey]: z.infer<(typeof sharedSettings)[K]["schema"]> };

export const sharedKeys = Object.keys(sharedSettings) as [SharedKey, ...SharedKey[]];

/** A value as facts and requests carry it; each setting has a schema of its own beside that. */
export const settingValueSchema = z.union([
  z.boolean(),
  z.number(),
  z.string().max(4096),
  z.array(z.string().max(512)).max(1000),
]);
export type SettingValue = z.infer<typeof settingValueSchema>;
