import {
  type RunFailures,
  type RunId,
  type testHistoryQuerySchema,
  type timelineQuerySchema,
  htmlChunks,
} from "@shardwright/core";
import type { z } from "zod";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Queries } from "../database/queries.ts";
import type { CheckUpdate, Completion } from "../github/check-output.ts";
import { answerComparison } from "../reports/answer-comparison.ts";
import { buildReport } from "../reports/build-report.ts";
import { failureList } from "../reports/failure-history.ts";
import { flakyAbove } from "../reports/flaky-above.ts";
import { flakyList } from "../reports/flaky.ts";
import { chartOf } from "../reports/run-chart.ts";
import { runFailures } from "../reports/run-failures.ts";
import { readTimeline } from "../reports/run-history.ts";
import { testHistory } from "../reports/test-history.ts";

/** What takes long to answer about large runs, or about many: plain data, for it goes to a thread. */
export type Question =
  | { readonly of: "report" | "html" | "failures" | "chart"; readonly run: RunId }
  | { readonly of: "check"; readonly run: RunId; readonly completion: Completion }
  | { readonly of: "comparison"; readonly run: RunId; readonly with: RunId | undefined }
  | { readonly of: "timeline"; readonly run: RunId; readonly query: z.output<typeof timelineQuerySchema> }
  | { readonly of: "failure-list" | "flaky"; readonly project: string; readonly limit: number }
  | { readonly of: "flaky-above"; readonly project: string; readonly threshold: number }
  | { readonly of: "projects"; readonly project: string | undefined }
  | { readonly of: "test-history"; readonly query: z.output<typeof testHistoryQuerySchema> };

/** What answers are made of. */
export interface Sources {
  readonly queries: Queries;
  readonly blobs: Pick<BlobStore, "tail">;
  /** The coordinator's clock: the end of what still runs. */
  readonly now_ms: number;
}

/** @returns what JSON is made of @throws ShardwrightError `not-found`, `bad-request` */
export function answerOf({ queries, blobs, now_ms }: Sources, question: Question): unknown {
  switch (question.of) {
    case "report":
      return buildReport(queries, blobs, question.run, now_ms);
    case "html":
      return buildReport(queries, blobs, question.run, now_ms).then(htmlChunks);
    case "chart":
      return chartOf(queries, question.run, now_ms);
    case "failures":
      return failuresOf({ queries, blobs, now_ms }, question.run);
    case "check":
      return checkOf({ queries, blobs, now_ms }, question.run, question.completion);
    case "comparison":
      return answerComparison({ queries, blobs, now_ms }, question.run, question.with);
    case "timeline":
      return readTimeline(queries, question.run, question.query, now_ms);
    case "failure-list":
      return failureList(queries, question.project, question.limit);
    case "flaky":
      return flakyList(queries, question.project, question.limit, now_ms);
    case "flaky-above":
      return flakyAbove(queries, question.project, question.threshold, now_ms);
    case "projects":
      return { projects: queries.runs.projects(question.project) };
    case "test-history":
      return testHistory(queries, question.query, now_ms);
  }
}

async function failuresOf({ queries, blobs, now_ms }: Sources, run: RunId): Promise<RunFailures> {
  const report = await buildReport(queries, blobs, run, now_ms);
  return runFailures(report, queries.runs.byId(run)?.verdict != null);
}

async function checkOf({ queries, blobs, now_ms }: Sources, run: RunId, completion: Completion): Promise<CheckUpdate[]> {
  // What makes it is loaded where checks are written.
  const { completionOf } = await import("../github/check-output.ts");
  return completionOf(await buildReport(queries, blobs, run, now_ms), completion);
}
