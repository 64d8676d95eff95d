import { accessSync, closeSync, constants, openSync, renameSync, rmSync, statSync, writeSync, type Stats } from "node:fs";
import { dirname, join, relative } from "node:path";
import { reasonOf, ShardwrightError, writeHtml, writeJson, writeJunit, writeMarkdown, type RunReport } from "@shardwright/core";
import type { Reporter, ReportPlace } from "@shardwright/plugin";
import { makeFolders, tryFolder } from "./make-folders.ts";

/** The formats that come with Shardwright, in the order they are listed. */
export const builtInReporters: readonly Reporter[] = [
  { format: "html", file: "report.html", write: (report) => writeHtml(report) },
  { format: "md", file: "report.md", write: (report) => writeMarkdown(report) },
  { format: "xml", file: "junit.xml", write: (report, place) => writeJunit(report, place) },
  { format: "json", file: "report.json", write: (report) => writeJson(report) },
];

/** @throws ShardwrightError `usage` for a format that no reporter has, and where none at all is named */
export function requireFormats(reporters: readonly Reporter[], formats: readonly string[] | undefined): void {
  if (formats?.length === 0)
    throw new ShardwrightError("usage", {
      problem: "--report-formats names no format.",
      remedy: `Use ${reporters.map((reporter) => reporter.format).join(", ")}, or leave it out for all.`,
    });
  for (const format of formats ?? [])
    if (!reporters.some((reporter) => reporter.format === format))
      throw new ShardwrightError("usage", {
        problem: `No reporter writes the format ${format}.`,
        remedy: `Use ${reporters.map((reporter) => reporter.format).join(", ")}.`,
      });
}

/**
 * Finds out before anything runs what would keep the reports from being written afterwards.
 * @throws ShardwrightError `usage` that names the path
 */
export function requireOutputDir(reporters: readonly Reporter[], outputDir: string): void {
  const refuse = (problem: string) =>
    new ShardwrightError("usage", {
      problem: `${outputDir} cannot be written: ${problem}.`,
      remedy: "Name a folder you may write to with --output-dir, or remove what is in the way.",
    });
  let existing = outputDir;
  let missing: string | undefined;
  while (statOf(existing) === undefined && dirname(existing) !== existing) {
    missing = existing;
    existing = dirname(existing);
  }
  if (statOf(existing)?.isDirectory() !== true) throw refuse(`${existing} is no folder`);
  try {
    accessSync(existing, constants.W_OK);
    if (missing !== undefined) tryFolder(missing);
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  for (const { file } of reporters)
    if (statOf(join(outputDir, file))?.isDirectory() === true) throw refuse(`${join(outputDir, file)} is a folder`);
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Below a file there is nothing.
    return undefined;
  }
}

export interface WrittenReports {
  /** Relative to the directory given. */
  readonly paths: readonly string[];
  /** Formats whose reporter failed, with the reason. */
  readonly failures: readonly { readonly format: string; readonly error: unknown }[];
}

/**
 * Writes the reports, each whole, and all of them or none: one of this run beside three of an earlier one would be taken for a set. Only
 * a plugin's reporter that fails by itself is left out.
 * @param formats which ones; all when absent
 * @param place how files beside the reports are named
 * @throws what the file system throws
 */
export function writeReports(
  report: RunReport,
  reporters: readonly Reporter[],
  formats: readonly string[] | undefined,
  outputDir: string,
  directory: string,
  place?: ReportPlace,
): WrittenReports {
  requireFormats(reporters, formats);
  makeFolders(outputDir);
  const failures: { format: string; error: unknown }[] = [];
  const files = reporters
    .filter((reporter) => formats === undefined || formats.includes(reporter.format))
    .flatMap((reporter) => {
      const path = join(outputDir, reporter.file);
      // Ours are made when they are written: a large report is not held in several forms at once.
      if (builtInReporters.includes(reporter)) return [{ path, write: () => reporter.write(report, place) }];
      try {
        const content = [...pieces(reporter.write(report, place))];
        return [{ path, write: () => content }];
      } catch (error) {
        failures.push({ format: reporter.format, error });
        return [];
      }
    });
  writeAllWhole(files);
  return { paths: files.map(({ path }) => relative(directory, path) || path), failures };
}

function pieces(content: string | Iterable<string>): Iterable<string> {
  return typeof content === "string" ? [content] : content;
}

/** Through a temporary file, so that a full disk leaves the old file and not half a new one. */
export function writeWhole(path: string, content: string | Iterable<string>): void {
  writeAllWhole([{ path, write: () => content }]);
}

/** The error for a report that the system let nobody write; what else was thrown is returned as it is. */
export function unwrittenReport(error: unknown): unknown {
  const isRefusal = error instanceof Error && "syscall" in error;
  return isRefusal ? new ShardwrightError("report-unwritable", { reason: reasonOf(error) }, { cause: error }) : error;
}

/** Several files, all of them or none: each goes to a temporary one first. */
export function writeAllWhole(files: readonly { path: string; write: () => string | Iterable<string> }[]): void {
  const temporaryOf = (path: string) => `${path}.${process.pid}.tmp`;
  try {
    for (const { path, write } of files) {
      const content = write();
      const file = openSync(temporaryOf(path), "w");
      try {
        for (const piece of typeof content === "string" ? [content] : content) writeAll(file, Buffer.from(piece, "utf8"));
      } finally {
        closeSync(file);
      }
    }
    for (const { path } of files) renameSync(temporaryOf(path), path);
  } catch (error) {
    for (const { path } of files) rmSync(temporaryOf(path), { force: true });
    throw error;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
}
