import {
  ShardwrightError,
  logLinesQuerySchema,
  logLinesSchema,
  missingBlobsRequestSchema,
  missingBlobsResponseSchema,
  sha256Schema,
} from "@shardwright/core";
import type { Context } from "hono";
import { z } from "zod";
import type { BlobStore, ByteRange } from "../../blobs/blob-store.ts";
import { findLines } from "../../blobs/find-lines.ts";
import { forwardedHeader } from "../../cluster/forwarding.ts";
import type { CoordinatorParts } from "../../parts.ts";
import { defineRoute } from "../define-route.ts";

/**
 * The part of a blob that a Range header asks for: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Undefined for the whole, as for what is not one
 * part of it, which a server may take for nothing said (RFC 9110, section 14.2).
 */
function rangeOf(header: string | undefined, bytes: number): ByteRange | undefined {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (bytes === 0 || (from === "" && to === "")) return undefined;
  const start = from === "" ? Math.max(0, bytes - Number(to)) : Number(from);
  const end = from === "" || to === "" ? bytes - 1 : Math.min(bytes - 1, Number(to));
  return start > end ? undefined : { start, end };
}

const params = z.object({ sha256: sha256Schema });
/** The largest log that a run may keep is 64 MiB; encoding adds nothing, a cut mark a little. */
const blobLimit_bytes = 65 * 1024 * 1024;

export const blobRoutes = [
  defineRoute({
    method: "put",
    path: "/api/v1/blobs/:sha256",
    summary: "Store bytes under their SHA-256.",
    scopes: ["worker", "submit"],
    params,
    /** An artifact is refused before a log would be. */
    query: z.object({ for: z.enum(["artifact"]).optional() }),
    body: "bytes",
    async handle({ params: { sha256 }, query, context }, { blobs }) {
      const body: AsyncIterable<Uint8Array> = context.req.raw.body ?? new Blob([]).stream();
      await blobs.put(sha256, body, blobLimit_bytes, query.for);
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/blobs/missing",
    summary: "Which of these blobs would have to be uploaded.",
    scopes: ["worker", "submit"],
    body: missingBlobsRequestSchema,
    answer: missingBlobsResponseSchema,
    async handle({ body: { sha256 } }, { blobs }) {
      return { missing: await blobs.missing(sha256) };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/blobs/:sha256",
    summary: "Fetch a blob, or with a Range header a part of it.",
    scopes: ["read", "worker"],
    isLocal: true,
    params,
    media: "application/octet-stream",
    async handle({ params: { sha256 }, context }, parts) {
      let range: ByteRange | undefined;
      const { bytes, stream } = await openBlob(
        parts,
        context,
        sha256,
        (all) => (range = rangeOf(context.req.header("range"), all)),
      );
      return new Response(stream, {
        status: range === undefined ? 200 : 206,
        headers: {
          "accept-ranges": "bytes",
          ...(range !== undefined && { "content-range": `bytes ${range.start}-${range.end}/${bytes}` }),
          "content-type": "application/octet-stream",
          "content-length": String(range === undefined ? bytes : range.end - range.start + 1),
          // A log is never a page: no browser may take it for one.
          "content-disposition": "attachment",
          "x-content-type-options": "nosniff",
        },
      });
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/blobs/:sha256/lines",
    summary: "Lines of a log: those that have a text in them, or from one on by its number, with where each begins.",
    scopes: ["read"],
    isLocal: true,
    params,
    query: logLinesQuerySchema,
    answer: logLinesSchema,
    async handle({ params: { sha256 }, query, context }, parts) {
      const { stream } = await openBlob(parts, context, sha256);
      return await findLines(stream, query);
    },
  }),
];

/** Another member may have taken it a moment ago; who asks for that member asks nobody else. @throws ShardwrightError `not-found` */
async function openBlob(
  { blobs, cluster }: CoordinatorParts,
  context: Context,
  sha256: string,
  part?: (bytes: number) => ByteRange | undefined,
): Promise<NonNullable<Awaited<ReturnType<BlobStore["open"]>>>> {
  let blob = await blobs.open(sha256, part);
  if (blob === undefined && context.req.header(forwardedHeader) === undefined && (await cluster.fetchBlob(sha256)))
    blob = await blobs.open(sha256, part);
  if (blob === undefined) throw new ShardwrightError("not-found", { what: `blob ${sha256}` });
  return blob;
}
