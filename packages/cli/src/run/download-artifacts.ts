import { copyFileSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "@shardwright/client";
import { formatBytes, plural, reasonOf, type ReportArtifact, type ReportAttempt, type RunReport } from "@shardwright/core";
import { safePart, safePath, UniquePaths } from "./file-names.ts";
import { makeFolders } from "./make-folders.ts";

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
  /** Relative to the reports. */
  readonly path: string;
}

/**
 * Puts the artifacts of a run beside its reports, as `artifacts/<task>/<attempt>/<name>`, in names that every system takes. What cannot
 * be had is told in a notice: the run's verdict does not hang on it.
 * @returns the report, with the path of each artifact that is there
 */
export async function downloadArtifacts(
  client: Pick<Client, "getBlob">,
  report: RunReport,
  { which, outputDir, signal }: DownloadRequest,
): Promise<RunReport> {
  const wanted = (attempt: ReportAttempt) => which === "all" || !["passed", "skipped", "superseded"].includes(attempt.status);
  const hasAny = report.tasks.some(({ attempts }) => attempts.some((attempt) => attempt.artifacts && wanted(attempt)));
  let folder: string;
  try {
    folder = freshFolder(outputDir, report.run.id, which !== "none" && hasAny);
  } catch (error) {
    return withNotice(report, [`The artifacts could not be written: ${reasonOf(error)}`]);
  }
  if (which === "none" || !hasAny) return report;

  const { targets, left } = chooseTargets(report, folder, wanted);
  const problems = new Map<string, number>();
  const written = new Set<Target>();
  const groups = [...Map.groupBy(targets, ({ artifact }) => artifact.sha256).values()];
  const work = async () => {
    for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
      if (signal?.aborted === true) return;
      try {
        await writeGroup(client, group, outputDir, signal);
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
  const paths = new Map([...written].map(({ artifact, path }) => [artifact, path]));
  return withNotice(withPaths(report, paths), said);
}

async function writeGroup(
  client: Pick<Client, "getBlob">,
  group: readonly Target[],
  outputDir: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [first, ...others] = group;
  if (first === undefined) return;
  const content = await client.getBlob(first.artifact.sha256, { timeout_ms: 120_000, ...(signal && { signal }) });
  const absolute = ({ path }: Target) => join(outputDir, ...path.split("/"));
  for (const target of group) makeFolders(dirname(absolute(target)));
  writeFileSync(absolute(first), content, { flag: "wx" });
  for (const target of others) copyFileSync(absolute(first), absolute(target));
}

function chooseTargets(
  report: RunReport,
  folder: string,
  wanted: (attempt: ReportAttempt) => boolean,
): { targets: Target[]; left: number } {
  const targets: Target[] = [];
  const folders = new UniquePaths();
  let bytes = 0;
  let left = 0;
  for (const { key, attempts } of report.tasks) {
    if (!attempts.some((attempt) => attempt.artifacts !== undefined && wanted(attempt))) continue;
    const task = folders.take(safePart(key));
    for (const attempt of attempts) {
      if (!wanted(attempt)) continue;
      const names = new UniquePaths();
      for (const artifact of attempt.artifacts ?? []) {
        if (targets.length >= countLimit || bytes + artifact.bytes > totalLimit_bytes) left += 1;
        else {
          bytes += artifact.bytes;
          targets.push({ artifact, path: `${folder}/${task}/${numberOf(attempt)}/${names.take(safePath(artifact.name))}` });
        }
      }
    }
  }
  return { targets, left };
}

/** Empties the folder of an earlier run. One that somebody else has made is left alone, and another name taken. @returns its name */
function freshFolder(outputDir: string, run: string, isNeeded: boolean): string {
  const name = "artifacts";
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

function withNotice(report: RunReport, messages: readonly string[]): RunReport {
  if (messages.length === 0) return report;
  const at_ms = report.run.duration_ms;
  const said = messages.slice(0, 20).map((message) => ({ at_ms, code: "artifacts", message: message.slice(0, 2000) }));
  return { ...report, notices: [...report.notices, ...said] };
}

/** The parts of one file have attempts of their own. */
function numberOf({ attempt, part }: ReportAttempt): string {
  return part === undefined ? String(attempt) : `${part + 1}.${attempt}`;
}
