import { mkdirSync, renameSync, rmSync, writeSync, openSync, closeSync } from "node:fs";
import { join, relative } from "node:path";
import { ShardwrightError, writeHtml, writeJson, writeJunit, writeMarkdown, type RunReport } from "@shardwright/core";
import type { Reporter } from "../plugin.ts";

/** The formats that come with Shardwright, in the order they are listed. */
export const builtInReporters: readonly Reporter[] = [
  { format: "html", file: "report.html", write: (report) => writeHtml(report) },
  { format: "md", file: "report.md", write: (report) => writeMarkdown(report) },
  { format: "xml", file: "junit.xml", write: (report) => writeJunit(report) },
  { format: "json", file: "report.json", write: (report) => writeJson(report) },
];

/**
 * Writes the reports, each whole or not at all.
 * @param formats which ones; all when absent
 * @returns their paths, relative to `directory`
 * @throws ShardwrightError `usage` for a format that no reporter has
 */
export function writeReports(
  report: RunReport,
  reporters: readonly Reporter[],
  formats: readonly string[] | undefined,
  outputDir: string,
  directory: string,
): string[] {
  for (const format of formats ?? [])
    if (!reporters.some((reporter) => reporter.format === format))
      throw new ShardwrightError("usage", {
        problem: `No reporter writes the format ${format}.`,
        remedy: `Use ${reporters.map((reporter) => reporter.format).join(", ")}.`,
      });
  mkdirSync(outputDir, { recursive: true });
  return reporters
    .filter((reporter) => formats === undefined || formats.includes(reporter.format))
    .map((reporter) => {
      const path = join(outputDir, reporter.file);
      writeWhole(path, reporter.write(report));
      return relative(directory, path) || path;
    });
}

/** Through a temporary file, so that a full disk leaves the old report and not half a new one. */
export function writeWhole(path: string, content: string | Iterable<string>): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      for (const piece of typeof content === "string" ? [content] : content) writeAll(file, Buffer.from(piece, "utf8"));
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}
