import { lstat, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decodeJunit, readJunit, ShardwrightError, type JunitReport } from "@shardwright/core";

const fileLimit = 10_000;
/** Of all files of one invocation together. */
const sizeLimit_bytes = 256 * 1024 * 1024;

/** Where one invocation's report is to be found. */
export interface ReportPlace {
  /** Absolute path of a file that is not there yet, in a folder of its own. */
  readonly junit: string;
  /** What this invocation wrote, and nothing that was there before. @throws ShardwrightError `report-unreadable` */
  read(): Promise<JunitReport[]>;
  remove(): Promise<void>;
}

/** A private folder; with a glob, also a note of what matches it before the program runs. */
export async function prepareReportPlace(suite: string, pattern: string | undefined): Promise<ReportPlace> {
  const folder = await mkdtemp(join(tmpdir(), "shardwright-junit-"));
  const junit = join(folder, "report.xml");
  const before = pattern === undefined ? new Map<string, string>() : await matching(suite, pattern);
  return {
    junit,
    async read() {
      const written = pattern === undefined ? await privateFiles(junit) : await changedFiles(suite, pattern, before);
      const reports: JunitReport[] = [];
      let room_bytes = sizeLimit_bytes;
      for (const path of written) {
        const { size, report } = await readReport(path, room_bytes);
        room_bytes -= size;
        reports.push(report);
      }
      return reports;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The file; or, where the program made a folder of it, what lies inside. */
async function privateFiles(junit: string): Promise<string[]> {
  const found = await stat(junit).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [junit];
  const names = (await readdir(junit)).filter((name) => name.endsWith(".xml"));
  return within(names, junit).map((name) => join(junit, name));
}

async function changedFiles(suite: string, pattern: string, before: ReadonlyMap<string, string>): Promise<string[]> {
  const after = await matching(suite, pattern);
  return [...after].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
}

/** The files and what changes about them when they are written, by path in order. */
async function matching(suite: string, pattern: string): Promise<Map<string, string>> {
  const { default: fastGlob } = await import("fast-glob");
  const found = await fastGlob(pattern.replaceAll("\\", "/"), {
    cwd: suite,
    dot: true,
    ignore: ["**/node_modules/**"],
    followSymbolicLinks: false,
  });
  const states = new Map<string, string>();
  for (const name of within(found, resolve(suite, pattern))) {
    const path = resolve(suite, name);
    const state = await lstat(path, { bigint: true }).catch(() => undefined);
    if (state !== undefined) states.set(path, [state.ino, state.size, state.mtimeNs, state.ctimeNs].join(" "));
  }
  return states;
}

/** Sorted. Leaving some out could leave failures out. */
function within(names: string[], path: string): string[] {
  if (names.length > fileLimit)
    throw unreadable(path, `there are ${names.length} files, more than the ${fileLimit} that are read`);
  return names.sort();
}

async function readReport(path: string, room_bytes: number): Promise<{ readonly size: number; readonly report: JunitReport }> {
  const found = await stat(path);
  // A pipe or a device would never come to its end.
  if (!found.isFile()) throw unreadable(path, "it is no file");
  if (found.size > room_bytes)
    throw unreadable(path, `it has ${found.size} bytes, more than what is left of the ${sizeLimit_bytes} that are read`);
  return { size: found.size, report: await readJunit(decodeJunit(await readFile(path)), { path }) };
}

function unreadable(path: string, reason: string): ShardwrightError {
  return new ShardwrightError("report-unreadable", { path, format: "JUnit XML", reason });
}
