import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  manifestText,
  median,
  reasonOf,
  ShardwrightError,
  splitByDuration,
  timingsSchema,
  type MatrixJob,
  type Timings,
} from "@shardwright/core";
import type { Configuration } from "../config/resolve.ts";
import type { Manifest } from "./discover.ts";

/** What a file is taken to last when nothing at all is known. */
const unknown_ms = 1000;

/** A part of a manifest, cut out without asking the other jobs. */
export interface Share {
  readonly manifest: Manifest;
  /** Names the cut: jobs with the same plan have shares that are the whole manifest together, and overlap nowhere. */
  readonly plan: string;
}

/** The task keys of each share: everything, each once, by the last known durations. */
export function sharesOf(
  manifest: Manifest,
  { durations_ms }: Pick<Timings, "durations_ms">,
  total: number,
): readonly (readonly string[])[] {
  const usual_ms = median(manifest.tasks.flatMap(({ key }) => durations_ms[key] ?? [])) ?? unknown_ms;
  return splitByDuration(
    manifest.tasks.map((task) => ({ key: task.key, expected_ms: durations_ms[task.key] ?? usual_ms })),
    total,
  );
}

/** What was cut and how, in few letters, for jobs to compare: shares of one plan are everything, each file once. */
export function planOf(manifest: Manifest, shares: readonly (readonly string[])[]): string {
  return sha256(JSON.stringify([manifest.hash, shares])).slice(0, 12);
}

/** One job's share. */
export function shareOf(manifest: Manifest, timings: Pick<Timings, "durations_ms">, { index, total }: MatrixJob): Share {
  const shares = sharesOf(manifest, timings, total);
  const keys = new Set(shares[index]);
  const tasks = manifest.tasks.filter(({ key }) => keys.has(key));
  const used = new Set(tasks.map(({ suite }) => suite));
  const plan = planOf(manifest, shares);
  const suites = manifest.suites
    .filter(({ name }) => used.has(name))
    .map((suite) => ({ ...suite, selection: `share ${index + 1} of ${total} of plan ${plan}` }));
  return { manifest: { suites, tasks, hash: sha256(manifestText({ suites, tasks })) }, plan };
}

/**
 * The durations that an earlier run left in a file; none where there is no file and none was named.
 * @throws ShardwrightError `report-unreadable`, `usage` for those of another project
 */
export function readTimings({ settings, root }: Configuration, directory: string): Pick<Timings, "durations_ms"> {
  const path = settings.timings === undefined ? join(root, ".shardwright", "timings.json") : resolve(directory, settings.timings);
  if (settings.timings === undefined && !existsSync(path)) return { durations_ms: {} };
  let timings: Timings;
  try {
    timings = timingsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new ShardwrightError("report-unreadable", { path, format: "timings", reason: reasonOf(error) }, { cause: error });
  }
  if (timings.project !== settings.project)
    throw new ShardwrightError("usage", {
      problem: `${path} holds the durations of the project ${timings.project}, not of ${settings.project}.`,
      remedy: "Give the project's own file with --timings, or name the project with --project.",
    });
  return timings;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
