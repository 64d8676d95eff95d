import type { CiProvider } from "@shardwright/ci";
import type { DealingPolicy, RecoveryStrategy } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { MetricSource } from "./parts/metric-source.ts";
import type { Notifier } from "./parts/notifier.ts";
import type { Reporter } from "./parts/reporter.ts";

/** What a plugin can bring, by kind. */
export interface PartOf {
  /** Finds and runs the tests of one framework. */
  runner: Runner;
  /** Knows one CI system. */
  provider: CiProvider;
  /** Writes one kind of report. */
  reporter: Reporter;
  /** Tells people of a run. */
  notifier: Notifier;
  /** Decides which worker is dealt what. */
  dealingPolicy: DealingPolicy;
  /** Decides what is done for a file that failed or was lost. */
  recoveryStrategy: RecoveryStrategy;
  /** Adds figures to `/metrics`. */
  metricSource: MetricSource;
}

export type Kind = keyof PartOf;

/** In the order in which they are listed, with what they are called. */
export const kindTitles: Readonly<Record<Kind, string>> = {
  runner: "runner",
  provider: "provider",
  reporter: "reporter",
  notifier: "notifier",
  dealingPolicy: "dealing policy",
  recoveryStrategy: "recovery strategy",
  metricSource: "metric source",
};

/** What a part is asked for by: a reporter by its format. */
export function nameOfPart<K extends Kind>(kind: K, part: PartOf[K]): string {
  return kind === "reporter" ? (part as Reporter).format : (part as { readonly name: string }).name;
}
