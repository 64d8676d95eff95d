import { copyFileSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "@shardwright/client";
import {
  blobReportFolder,
  finalAttempts,
  formatBytes,
  plural,
  reasonOf,
  type ReportArtifact,
  type ReportAttempt,
  type ReportTask,
  type RunReport,
} from "@shardwright/core";
import { safePart, safePath, UniquePaths } from "./file-names.ts";
import { makeFolders } from "./make-folders.ts";
import { missedParts } from "./missed-parts.ts";
import { withNotices } from "./notices.ts";

export interface DownloadRequest {
  readonly which: "all" | "failed" | "none";
  /** Absolute path of the folder with the reports. */
  readonly outputDir: string;
  readonly signal?: AbortSignal;
}

/** Shows that a folder is ours, to be emptied before the next run's artifacts come. */
const mark = ".shardwright-artifacts";
/** What one run downloads at most. */
const totalLimit_bytes = 4 * 1024 ** 3;
const countLimit = 10_000;
const parallel = 4;

interface Target {
  readonly artifact: ReportArtifact;
  /** Which of our folders beside the reports it goes to. */
  readonly folder: "artifacts" | typeof blobReportFolder;
  /** In that folder. */
  readonly place: string;
}

/**
 * Puts the artifacts of a run beside its reports, as `artifacts/<task>/<attempt>/<name>`, in names that every system takes, and what
 * frameworks make their own reports of as `blob-report/<suite>/<task>.zip`. What cannot be had is told in a notice: the run's verdict
 * does not hang on it.
 * @returns the report, with the path of each artifact that is there
 */
export async function downloadArtifacts(
  client: Pick<Client, "getBlob">,
  report: RunReport,
  { which, outputDir, signal }: DownloadRequest,
): Promise<RunReport> {
  const { targets, left } = chooseTargets(report, which);
  const folders = new Map<Target["folder"], string>();
  try {
    for (const name of ["artifacts", blobReportFolder] as const)
      folders.set(
        name,
        freshFolder(
          outputDir,
          name,
          report.run.id,
          targets.some(({ folder }) => folder === name),
        ),
      );
  } catch (error) {
    return withNotices(report, "downloads", [`The artifacts could not be written: ${reasonOf(error)}`]);
  }
  if (which === "none") return report;

  const pathOf = ({ folder, place }: Target) => `${folders.get(folder)}/${place}`;
  const problems = new Map<string, number>();
  const written = new Set<Target>();
  const groups = [...Map.groupBy(targets, ({ artifact }) => artifact.sha256).values()];
  const work = async () => {
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      if (signal?.aborted === true) return;
      try {
        const paths = group.map((target) => join(outputDir, ...pathOf(target).split("/")));
        await writeGroup(client, group[0]?.artifact.sha256 ?? "", paths, signal);
        for (const target of group) written.add(target);
      } catch (error) {
        const reason = reasonOf(error);
        problems.set(reason, (problems.get(reason) ?? 0) + group.length);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  const said = [...problems].map(([reason, count]) => `${plural(count, "artifact")} could not be downloaded: ${reason}`);
  if (left > 0)
    said.push(
      `${plural(left, "artifact")} were not downloaded: a run puts ${countLimit} files or ${formatBytes(totalLimit_bytes)} beside its reports at most`,
    );
  const paths = new Map([...written].map((target) => [target.artifact, pathOf(target)]));
  return withNotices(withPaths(report, paths), "downloads", [...said, ...missedBlobs(report, new Set(paths.keys()))]);
}

/** @param paths absolute, at least one */
async function writeGroup(
  client: Pick<Client, "getBlob">,
  sha256: string,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const content = await client.getBlob(sha256, { timeout_ms: 120_000, ...(signal && { signal }) });
  for (const path of paths) makeFolders(dirname(path));
  const [first = "", ...others] = paths;
  writeFileSync(first, content, { flag: "wx" });
  for (const path of others) copyFileSync(first, path);
}

function chooseTargets(report: RunReport, which: DownloadRequest["which"]): { targets: Target[]; left: number } {
  const isWanted = ({ status }: ReportAttempt) => which === "all" || !["passed", "skipped", "superseded"].includes(status);
  const isBlob = blobsOf(report);
  const targets: Target[] = [];
  const folders = new UniquePaths();
  const blobs = new UniquePaths();
  let bytes = 0;
  let left = 0;
  const choose = (artifact: ReportArtifact, folder: Target["folder"], place: () => string) => {
    if (targets.length >= countLimit || bytes + artifact.bytes > totalLimit_bytes) return void (left += 1);
    bytes += artifact.bytes;
    targets.push({ artifact, folder, place: place() });
  };
  for (const task of which === "none" ? [] : report.tasks) {
    const final = new Set(finalAttempts(task));
    let ofTask: string | undefined;
    for (const attempt of task.attempts) {
      const names = new UniquePaths();
      for (const artifact of attempt.artifacts ?? []) {
        if (isBlob(task, artifact)) {
          // A retry's result counts in place of what it repeats.
          if (final.has(attempt))
            choose(artifact, blobReportFolder, () => blobs.take(`${safePart(task.suite)}/${safePart(`${task.key}.zip`)}`));
        } else if (isWanted(attempt))
          choose(artifact, "artifacts", () => {
            ofTask ??= folders.take(safePart(task.key));
            return `${ofTask}/${numberOf(attempt)}/${names.take(safePath(artifact.name))}`;
          });
      }
    }
  }
  return { targets, left };
}

/** Whether an artifact is what its framework makes its own report of. */
function blobsOf({ suites = [] }: RunReport): (task: ReportTask, artifact: ReportArtifact) => boolean {
  const leaving = new Set(suites.filter(({ options }) => options["blobReport"] === true).map(({ name }) => name));
  return ({ suite }, { name }) => leaving.has(suite) && name.startsWith(`${blobReportFolder}/`);
}

/** What a framework's own report will lack. */
function missedBlobs(report: RunReport, there: ReadonlySet<ReportArtifact>): string[] {
  const isBlob = blobsOf(report);
  return (report.suites ?? []).flatMap(({ name, options }) => {
    if (options["blobReport"] !== true) return [];
    const has = (task: ReportTask, { artifacts = [] }: ReportAttempt) =>
      artifacts.some((one) => isBlob(task, one) && there.has(one));
    const lacking = missedParts(report, name, has);
    return lacking === undefined
      ? []
      : [`What is made of the blobs of the suite ${name} lacks ${lacking}. This report has all there is`];
  });
}

/** Empties the folder of an earlier run. One that somebody else has made is left alone, and another name taken. @returns its name */
function freshFolder(outputDir: string, name: string, run: string, isNeeded: boolean): string {
  const path = join(outputDir, name);
  const there = lstatSync(path, { throwIfNoEntry: false });
  const names = there?.isDirectory() === true ? readdirSync(path) : [];
  const isOurs = names.includes(mark);
  if (isOurs) rmSync(path, { recursive: true, force: true });
  if (!isNeeded) return name;
  const isFree = there === undefined || isOurs || (there.isDirectory() && names.length === 0);
  const chosen = isFree ? name : `${name}-${safePart(run)}`;
  if (!isFree) rmSync(join(outputDir, chosen), { recursive: true, force: true });
  makeFolders(join(outputDir, chosen));
  writeFileSync(join(outputDir, chosen, mark), "This folder is emptied by the next run that writes its reports here.\n");
  return chosen;
}

function withPaths(report: RunReport, paths: ReadonlyMap<ReportArtifact, string>): RunReport {
  const place = (artifact: ReportArtifact) => {
    const path = paths.get(artifact);
    return path === undefined ? artifact : { ...artifact, path };
  };
  return {
    ...report,
    tasks: report.tasks.map((task) => ({
      ...task,
      attempts: task.attempts.map((attempt) =>
        attempt.artifacts === undefined ? attempt : { ...attempt, artifacts: attempt.artifacts.map(place) },
      ),
    })),
  };
}

/** The parts of one file have attempts of their own. */
function numberOf({ attempt, part }: ReportAttempt): string {
  return part === undefined ? String(attempt) : `${part + 1}.${attempt}`;
}
