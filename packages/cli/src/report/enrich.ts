import { resolve } from "node:path";
import { compareBrowsers, type RunReport } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { Configuration } from "../config/resolve.ts";
import { withBase } from "./base-reports.ts";
import { withOwners } from "./code-owners-file.ts";

export interface EnrichRequest {
  readonly configuration: Configuration;
  readonly runners: ReadonlyMap<string, Runner>;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Name of the CI system. */
  readonly provider: string;
  readonly say: (line: string) => void;
}

/** Adds to a report what only the checkout knows: who owns what failed, how it is run by hand, and the reports that were named as its base. */
export async function enrichReport(report: RunReport, request: EnrichRequest): Promise<RunReport> {
  const { configuration, runners, directory, environment, provider, say } = request;
  const { settings, root } = configuration;
  const named = settings.codeOwners === undefined ? undefined : resolve(directory, settings.codeOwners);
  const browsers = compareBrowsers(report);
  const whole = browsers === undefined ? report : { ...report, browsers };
  const owned = withOwners(whole, { workspace: root, provider, named, say });
  const compared = settings.baseReport === undefined ? owned : await withBase(owned, settings.baseReport, directory, say);
  if (compared.verdict === "passed") return compared;
  // Loaded here and not above: only a report with failures needs it.
  const { withTypedSuites } = await import("./typed-suites.ts");
  return withTypedSuites(compared, configuration, runners, environment);
}
