import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { joiningTimeout_ms } from "../coverage-parts.ts";
import { askProcess } from "../process/ask-process.ts";
import type { CoverageOutcome, CoverageRequest } from "../runner.ts";
import type { HostConfiguration } from "./host/load-vitest.ts";
import { hostCommand } from "./listing.ts";

const coveredSchema = z.strictObject({ type: z.literal("covered"), isJudged: z.boolean(), problems: z.array(z.string()) });

/** What a report in text has at most, in characters: a line for each file. */
const textLimit = 1_000_000;

/**
 * @param configuration of the suite
 * @throws ShardwrightError `coverage-failed`; the signal's reason when it is aborted
 */
export async function joinVitestCoverage(
  configuration: Omit<HostConfiguration, "mode">,
  { parts, failed, environment, signal, directory }: CoverageRequest,
): Promise<CoverageOutcome> {
  const chunks: Uint8Array[] = [];
  const host = { ...configuration, mode: "cover" as const, cover: { folder: parts, failed } };
  try {
    const { isJudged, problems } = await askProcess({
      command: hostCommand(host, environment),
      answerSchema: coveredSchema,
      framework: "vitest",
      signal,
      timeout_ms: joiningTimeout_ms,
      onOutput: (chunk) => chunks.push(chunk),
    });
    return { text: Buffer.concat(chunks).toString("utf8").slice(0, textLimit).trim(), isJudged, problems };
  } catch (error) {
    if (!(error instanceof ShardwrightError) || error.code !== "discovery-failed") throw error;
    throw new ShardwrightError(
      "coverage-failed",
      { framework: "Vitest", directory, reason: error.details["reason"] ?? "" },
      { cause: error },
    );
  }
}
