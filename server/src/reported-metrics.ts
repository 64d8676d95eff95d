import {
  type MetricsDrop,
  type MetricsResponse,
  type ReportedPoint,
  ShardwrightError,
  keeping,
  type metricsRequestSchema,
  type testRenameSchema,
} from "@shardwright/core";
import type { z } from "zod";
import type { Clock } from "./clock.ts";
import type { Queries } from "./database/queries.ts";
import type { Ledger } from "./ledger/ledger.ts";

interface Parts {
  readonly ledger: Pick<Ledger, "append">;
  readonly queries: Queries;
  readonly clock: Pick<Clock, "now_ms">;
}

const day_ms = 86_400_000;
/** Whoever measured may have a clock that is ahead of ours. */
const slack_ms = day_ms;
const timeUnits = new Set(["ns", "us", "µs", "ms", "s", "min"]);
/** Uploads that are dropped in one go. */
const staleTogether = 100;

/**
 * Takes one part of an upload. A part that came before is answered for as it was then.
 * @throws ShardwrightError `bad-request` (nothing was taken), and as `Ledger.append`
 */
export async function takeMetrics(
  { ledger, queries, clock }: Parts,
  { project, ...part }: z.output<typeof metricsRequestSchema>,
): Promise<MetricsResponse> {
  const known = queries.trends.upload(project, part.upload);
  const parts = known?.parts ?? 0;
  if (known?.state === "complete" || part.part < parts) return answerOf(part.upload, known);
  if (part.part > parts)
    throw refusal(`part: part ${parts} of the upload is the next one, and ${part.part} came; send those between, or all anew`);
  const latest_ms = clock.now_ms() + slack_ms;
  part.sources.forEach(({ at_ms }, place) => {
    if (at_ms > latest_ms)
      throw refusal(`sources.${place}.at_ms: ${instant(at_ms)} is still to come; send milliseconds since 1970`);
  });
  part.points.forEach((point, place) => refusePoint(point, place, part.sources.length));
  await ledger.append([{ type: "MetricsReported", project, ...part }]);
  return answerOf(part.upload, queries.trends.upload(project, part.upload));
}

/** @throws as `Ledger.append` */
export async function dropMetrics({ ledger, queries }: Parts, { project = "default", upload }: MetricsDrop): Promise<void> {
  if (queries.trends.upload(project, upload)?.state === "complete")
    throw refusal(`upload: ${upload} is complete, and is not taken back`);
  await ledger.append([{ type: "MetricsDropped", project, upload }]);
}

/** @throws ShardwrightError `not-found`, `bad-request`, and as `Ledger.append` */
export async function renameTest({ ledger, queries }: Parts, { project, from, to }: z.output<typeof testRenameSchema>) {
  if ((from.case === "") !== (to.case === "")) throw refusal("to.case: a file becomes a file, and a case a case");
  if (from.test === to.test && from.case === to.case) throw refusal("to: that is its name already");
  const series = queries.trends.countOf(project, from.test, from.case);
  if (series === 0)
    throw new ShardwrightError("not-found", { what: `trend of ${from.test}${from.case === "" ? "" : ` > ${from.case}`}` });
  await ledger.append([{ type: "TestRenamed", project, from, to }]);
  return { series };
}

/** Drops uploads of which no part came for long. */
export async function dropStaleUploads(ledger: Pick<Ledger, "append">, queries: Queries, now_ms: number): Promise<void> {
  const stale = queries.trends.staleUploads(now_ms - keeping.openUpload_days * day_ms, staleTogether);
  if (stale.length > 0)
    await ledger.append(stale.map(({ project, name }) => ({ type: "MetricsDropped", project, upload: name }) as const));
}

function refusePoint({ source, name, unit, value, replicates = [] }: ReportedPoint, place: number, sources: number): void {
  if (source >= sources)
    throw refusal(`points.${place}.source: there are ${sources} sources, counted from 0, and ${source} was named`);
  const isTime = name === "duration" || timeUnits.has(unit);
  if (isTime && [value, ...replicates].some((each) => each < 0))
    throw refusal(`points.${place}.value: ${name} is a time in ${unit === "" ? "no unit" : unit}, and cannot be negative`);
}

function answerOf(upload: string, row: ReturnType<Queries["trends"]["upload"]>): MetricsResponse {
  const { parts = 0, points = 0, duplicates = 0, left_out = 0, state } = row ?? {};
  return { upload, parts, points, duplicates, left_out, complete: state === "complete" };
}

function instant(at_ms: number): string {
  return at_ms <= 8.64e15 ? new Date(at_ms).toISOString() : String(at_ms);
}

function refusal(problems: string): ShardwrightError {
  return new ShardwrightError("bad-request", { problems });
}
