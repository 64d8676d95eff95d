import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Client } from "@shardwright/client";
import {
  type MetricFormat,
  type MetricSource,
  type MetricsResponse,
  type ReportedPoint,
  ShardwrightError,
  isTime,
  metricSchema,
  metricSourceSchema,
  readMeasurements,
  reasonOf,
  reportedPointsLimit,
  trendTestSchema,
} from "@shardwright/core";
import { z } from "zod";

/** Shardwright's own lines are read one by one; what another tool wrote is read as a whole, up to this size. */
const wholeLimit_bytes = 256 * 1024 * 1024;
/** Characters of points that one part takes, well below what a coordinator does. */
const partLimit_chars = 700_000;

export type ImportFormat = MetricFormat | "jsonl";

export interface ImportOptions {
  readonly project: string;
  readonly format: ImportFormat;
  /** Names the upload; what the file holds, and what is said of it, when absent. */
  readonly upload?: string | undefined;
  /** What holds for points that do not say themselves. */
  readonly about: MetricSource;
  /** What paths are made relative to. */
  readonly directory: string;
  /** In place of a file's name where the tool has none. */
  readonly test: string;
}

const lineSchema = z.strictObject({
  ...trendTestSchema.shape,
  test: trendTestSchema.shape.test.optional(),
  ...metricSchema.shape,
  unit: metricSchema.shape.unit.default(""),
  better: metricSchema.shape.better.default("lower"),
  ...metricSourceSchema.partial().shape,
});

interface Point {
  readonly source: MetricSource;
  readonly point: Omit<ReportedPoint, "source">;
}

/**
 * Sends a file's points in parts. They are seen once all of them have come; when anything is wrong, nothing of the file stays.
 * @throws ShardwrightError `usage` that names the line
 */
export async function importPoints(client: Client, file: string, options: ImportOptions): Promise<MetricsResponse> {
  const { project } = options;
  const upload = options.upload ?? (await nameOf(file, options));
  let part = 0;
  let known: MetricsResponse | undefined;
  const send = async (points: readonly Point[], last: boolean): Promise<MetricsResponse> => {
    known = await client.reportMetrics({ project, upload, part, last, ...partOf(points) });
    part += 1;
    if (known.left_out > 0)
      throw refusal(
        `${file} has more points than its series take: ${known.left_out} of those sent so far found no room.`,
        "A series takes 20,000 points of an import, and a project 200,000 series: leave out the oldest, or roll them up.",
      );
    return known;
  };
  try {
    let waiting: Point[] = [];
    let chars = 0;
    for await (const one of pointsOf(file, options)) {
      const size = JSON.stringify(one).length;
      if (waiting.length >= reportedPointsLimit || chars + size > partLimit_chars) {
        const { complete } = await send(waiting, false);
        // All of it was sent before.
        if (complete && known !== undefined) return known;
        [waiting, chars] = [[], 0];
      }
      waiting.push(one);
      chars += size;
    }
    if (part === 0 && waiting.length === 0) throw refusal(`There is no measurement in ${file}.`, "Name another file.");
    return await send(waiting, true);
  } catch (error) {
    if (known?.complete !== true && part > 0) await client.dropMetrics({ project, upload }).catch(() => {});
    throw error;
  }
}

async function* pointsOf(file: string, options: ImportOptions): AsyncGenerator<Point> {
  const { format, about, test } = options;
  if (format === "jsonl") {
    let number = 0;
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() !== "") yield pointOf(line, file, number, options);
    }
    return;
  }
  const { size } = await stat(file);
  if (size > wholeLimit_bytes)
    throw refusal(
      `${file} has ${size} bytes, more than ${wholeLimit_bytes} are read of this format.`,
      "Import it in several files, or as jsonl.",
    );
  let read;
  try {
    read = readMeasurements(format, await readFile(file, "utf8"));
  } catch (error) {
    throw refusal(`${file} is no file of the format ${format}: ${reasonOf(error)}`, "Name its format with --format.");
  }
  for (const one of read)
    yield {
      source: about,
      point: { test: one.file === "" ? test : fromHere(one.file, options.directory), case: one.case, ...one.metric },
    };
}

/** A file is named from where the import is called: elsewhere the same checkout lies in another place. */
function fromHere(file: string, directory: string): string {
  if (!isAbsolute(file)) return file;
  const path = relative(directory, file);
  return path.startsWith("..") || isAbsolute(path) ? basename(file) : path.replaceAll("\\", "/");
}

function pointOf(line: string, file: string, number: number, { about, test: fallback }: ImportOptions): Point {
  const refuse = (what: string) =>
    refusal(`Line ${number} of ${file} ${what}.`, "Correct the line, and import the file again: nothing of it was kept.");
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse(/\b(?:NaN|Infinity)\b/.test(line) ? "holds what is no finite number" : "is not JSON");
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`does not fit: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const { at_ms, hardware_class, commit, branch, machine, test = fallback, ...rest } = parsed.data;
  if (isTime(rest) && [rest.value, ...(rest.replicates ?? [])].some((each) => each < 0))
    throw refuse("gives a time that is negative");
  const given = { at_ms, hardware_class, commit, branch, machine };
  const source = Object.fromEntries(
    Object.entries({ ...about, ...Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)) }),
  ) as MetricSource;
  return { source, point: { test, ...rest } };
}

function partOf(points: readonly Point[]) {
  const places = new Map<string, number>();
  const sources: MetricSource[] = [];
  const placed = points.map(({ source, point }) => {
    const key = JSON.stringify(source);
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, (place = sources.length));
      sources.push(source);
    }
    return { source: place, ...point };
  });
  return { sources, points: placed };
}

async function nameOf(file: string, { project, format, about, test }: ImportOptions): Promise<string> {
  // The moment of a file that does not say it is that of the import: the same file is the same upload all the same.
  const { at_ms: _, ...said } = about;
  const hash = createHash("sha256").update(JSON.stringify([project, format, said, test]));
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function refusal(problem: string, remedy: string): ShardwrightError {
  return new ShardwrightError("usage", { problem, remedy });
}
