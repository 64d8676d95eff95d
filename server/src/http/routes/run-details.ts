import { runChartSchema, runFailuresSchema, runIdSchema, taskDetailQuerySchema, taskDetailSchema } from "@shardwright/core";
import { z } from "zod";
import { answerFailures } from "../../reading/answer-failures.ts";
import { taskDetail } from "../../reports/task-detail.ts";
import { readAnswer } from "../compressed.ts";
import { defineRoute } from "../define-route.ts";

/** The report runs scripts of its own: cut off from the dashboard, it can use nothing of who reads it. */
const reportPolicy = "sandbox allow-scripts allow-downloads allow-popups";

export const runDetailRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/chart",
    summary: "Who ran what when in the run so far, in columns: small even for many thousand tasks.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ run: runIdSchema }),
    answer: runChartSchema,
    handle: ({ params: { run }, context }, { reader }) => readAnswer(context, reader.ask({ of: "chart", run })),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/report.html",
    summary: "The run's report as one HTML file that needs no network.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ run: runIdSchema }),
    media: "text/html",
    async handle({ params: { run } }, { reader }) {
      const answer = await reader.ask({ of: "html", run });
      const pieces = "text" in answer ? inPieces(answer.text) : encoded(answer.value as Iterable<string>);
      return new Response(ReadableStream.from(pieces), {
        headers: {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": reportPolicy,
          "x-content-type-options": "nosniff",
          "cache-control": "no-store",
        },
      });
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/failures",
    summary: "Why the run is not green: its failures by cause, and what is different from the base. At most some seconds old.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ run: runIdSchema }),
    answer: runFailuresSchema,
    handle: ({ params: { run }, context }, parts) => readAnswer(context, answerFailures(parts, run)),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/runs/:run/tasks/:task",
    summary: "One task of the run: its attempts, what they left behind, and a page of the cases of one of them.",
    scopes: ["read"],
    isLocal: true,
    params: z.object({ run: runIdSchema, task: z.coerce.number().int().nonnegative() }),
    query: taskDetailQuerySchema,
    answer: taskDetailSchema,
    handle: ({ params: { run, task }, query }, { queries }) => taskDetail(queries, run, task, query),
  }),
];

/** To copy many megabytes, and to hand them to a connection at once, takes longer than others should wait. */
const piece_bytes = 256 * 1024;

function* inPieces(text: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from < text.byteLength; from += piece_bytes) yield text.subarray(from, from + piece_bytes);
}

function* encoded(chunks: Iterable<string>): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for (const chunk of chunks) yield encoder.encode(chunk);
}
