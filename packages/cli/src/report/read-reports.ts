import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import {
  isGoTest,
  isInsideWorkspace,
  junitDecoder,
  junitFiles,
  locateCases,
  readGoTest,
  readJunit,
  readReport,
  reasonOf,
  reportFromCases,
  ShardwrightError,
  type JunitReport,
  type ProjectFiles,
  type ReportArtifact,
  type RunReport,
} from "@shardwright/core";

/** JUnit files are read piece by piece, a report.json as a whole. */
const junitLimit_bytes = 1024 * 1024 * 1024;
const jsonLimit_bytes = 256 * 1024 * 1024;
const piece_bytes = 1024 * 1024;

export interface ReadOptions {
  /** What the paths are relative to. */
  readonly directory: string;
  /** Whether a JUnit file without any case is right. */
  readonly allowEmpty: boolean;
  /** The folder that links to artifacts are made relative to. */
  readonly outputDir: string;
  /** Where cases are looked for that JUnit files tell of; they stay where the files say when absent. */
  readonly files?: ProjectFiles;
  /** Says in the report that a file cannot be read, in place of refusing all: its tests are errored then. */
  readonly takesUnreadable?: boolean;
}

/**
 * Reads `report.json`, JUnit files and what `go test -json` prints, told apart by their content. Shards of one suite may have cases of the same file: a JUnit file
 * does not say whether it ran them again or ran others of them, so that each keeps its own and no case is lost.
 * @throws ShardwrightError `report-unreadable`, naming the file
 */
export async function readReports(paths: readonly string[], options: ReadOptions): Promise<RunReport[]> {
  const read: Awaited<ReturnType<typeof readOne>>[] = [];
  // One after the other: the first that is wrong is the one named, and large ones are not all in memory as text.
  for (const path of paths)
    read.push(await (options.takesUnreadable === true ? readWhatever(path, options) : readOne(path, options)));
  const taken = new Set(read.flatMap((input) => ("report" in input ? input.report.tasks.map(({ key }) => key) : [])));
  return read.map((input) => ("report" in input ? input.report : fromJunit(input, taken, options)));
}

interface JunitInput {
  readonly path: string;
  readonly modified_ms: number;
  readonly junit: JunitReport;
}

/** A file that was cut off when its tests died is no reason to keep the others' results back, nor to call them all. */
async function readWhatever(path: string, options: ReadOptions): ReturnType<typeof readOne> {
  try {
    return await readOne(path, options);
  } catch (error) {
    if (!(error instanceof ShardwrightError) || error.code !== "report-unreadable") throw error;
    const cases = [
      { path: ["(report)"], ordinal: 0, status: "errored" as const, duration_ms: 0, retries: 0, message: error.message },
    ];
    const written_ms = statSync(resolve(options.directory, path), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return { report: reportFromCases({ name: path, files: [{ file: path, cases }], submitted_at_ms: Math.round(written_ms) }) };
  }
}

async function readOne(
  path: string,
  { directory, outputDir, files }: ReadOptions,
): Promise<{ readonly report: RunReport } | JunitInput> {
  const file = openReport(resolve(directory, path), path);
  try {
    const { modified_ms } = file;
    if (file.kind === "go") return { path, modified_ms, junit: located(readGoTest(file.pieces(), path), files) };
    if (file.kind === "xml") return { path, modified_ms, junit: located(await readJunit(file.pieces(), { path }), files) };
    const text = [...file.pieces()].join("");
    return { report: rebaseArtifacts(readReport(parseJson(text, path), path), dirname(resolve(directory, path)), outputDir) };
  } finally {
    file.close();
  }
}

function located(junit: JunitReport, files: ProjectFiles | undefined): JunitReport {
  return files === undefined ? junit : locateCases(junit, files);
}

/** Where its artifacts lie seen from the new report; those that do not lie below it cannot be linked to. */
function rebaseArtifacts(report: RunReport, from: string, outputDir: string): RunReport {
  if (from === outputDir) return report;
  const rebased = (artifact: ReportArtifact): ReportArtifact => {
    const { path: old, ...rest } = artifact;
    if (old === undefined) return artifact;
    const path = relative(outputDir, join(from, old)).split(sep).join("/");
    return isInsideWorkspace(path) ? { ...rest, path } : rest;
  };
  const tasks = report.tasks.map((task) => ({
    ...task,
    attempts: task.attempts.map((attempt) =>
      attempt.artifacts === undefined ? attempt : { ...attempt, artifacts: attempt.artifacts.map(rebased) },
    ),
  }));
  return { ...report, tasks };
}

interface OpenReport {
  readonly kind: "json" | "go" | "xml";
  readonly modified_ms: number;
  /** The text, from its beginning; once. */
  pieces(): Generator<string>;
  close(): void;
}

function openReport(absolute: string, path: string): OpenReport {
  const unreadable = (reason: string, cause?: unknown) =>
    new ShardwrightError("report-unreadable", { path, format: "a report", reason }, { cause });
  let file: number | undefined;
  try {
    // To open a pipe would wait for whoever writes to it.
    if (!statSync(absolute).isFile()) throw unreadable("it is no file");
    file = openSync(absolute, "r");
    const { size, mtimeMs } = fstatSync(file);
    const beginning = readPiece(file);
    const decoder = junitDecoder(beginning);
    const start = decoder.decode(beginning, { stream: true });
    const first = start.slice(0, 1000).trimStart().charAt(0);
    const isJson = first === "{" || first === "[" || (first !== "<" && extname(path).toLowerCase() === ".json");
    const kind = isGoTest(start) && first !== "<" ? "go" : isJson ? "json" : "xml";
    const limit_bytes = kind === "json" ? jsonLimit_bytes : junitLimit_bytes;
    if (size > limit_bytes) throw unreadable(`it has ${size} bytes, more than the ${limit_bytes} that are read`);
    const open = file;
    return {
      kind,
      modified_ms: mtimeMs,
      *pieces() {
        yield start;
        try {
          for (let piece = readPiece(open); piece.length > 0; piece = readPiece(open))
            yield decoder.decode(piece, { stream: true });
        } catch (error) {
          throw unreadable(reasonOf(error), error);
        }
        yield decoder.decode();
      },
      close: () => closeSync(open),
    };
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw error instanceof ShardwrightError ? error : unreadable(reasonOf(error), error);
  }
}

function readPiece(file: number): Buffer {
  const piece = Buffer.allocUnsafe(piece_bytes);
  return piece.subarray(0, readSync(file, piece));
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const details = { path, format: "a Shardwright report", reason: reasonOf(error) };
    throw new ShardwrightError("report-unreadable", details, { cause: error });
  }
}

/** @param taken the keys of tasks there are already; those made here are added */
function fromJunit({ path, modified_ms, junit }: JunitInput, taken: Set<string>, { allowEmpty }: ReadOptions): RunReport {
  const name = junit.name || basename(path, extname(path));
  const files = junitFiles(junit).map((file) => {
    const suite = taken.has(`${name}:${file.file}`) ? `${name} (${path})` : name;
    taken.add(`${suite}:${file.file}`);
    return { ...file, suite };
  });
  const starts_ms = junit.suites.flatMap(({ started_at_ms }) => (started_at_ms === undefined ? [] : [started_at_ms]));
  const report = reportFromCases({ name: path, files, allow_empty: allowEmpty });
  // Without a word on when it began: it was written when it ended.
  const ended_ms = Math.max(0, Math.round(modified_ms - report.run.duration_ms));
  const submitted_at_ms = starts_ms.reduce((least, start) => Math.min(least, start), starts_ms[0] ?? ended_ms);
  return { ...report, run: { ...report.run, submitted_at_ms } };
}
