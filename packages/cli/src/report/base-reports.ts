import { baseRunsLimit, compareReports, reasonOf, ShardwrightError, type RunReport } from "@shardwright/core";
import { findInputs } from "./input-files.ts";
import { readReports } from "./read-reports.ts";

/**
 * A report compared with those in files. That there are none yet, or that one cannot be read, is said and keeps nothing else: the verdict
 * does not hang on it.
 * @param files paths or glob patterns, relative to the directory
 */
export async function withBase(
  report: RunReport,
  files: readonly string[],
  directory: string,
  say: (line: string) => void,
): Promise<RunReport> {
  try {
    const paths = findInputs(files, directory, {});
    const base = await readReports(paths, { directory, allowEmpty: true, outputDir: directory });
    base.sort((a, b) => b.run.submitted_at_ms - a.run.submitted_at_ms);
    return { ...report, comparison: compareReports(base.slice(0, baseRunsLimit), report) };
  } catch (error) {
    if (!(error instanceof ShardwrightError)) throw error;
    say(`There is nothing to compare with: ${reasonOf(error)}`);
    return report;
  }
}
