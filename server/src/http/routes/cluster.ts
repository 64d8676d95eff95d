import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  ShardwrightError,
  addRequestSchema,
  addedSchema,
  clusterHealthSchema,
  clusterIdSchema,
  clusterStatusSchema,
  comparisonSchema,
  joinRequestSchema,
  memberIdSchema,
  memberStatusSchema,
  readingsSchema,
  sha256Schema,
  tablesDigestSchema,
  transferRequestSchema,
  updateReadinessSchema,
} from "@shardwright/core";
import { z } from "zod";
import { clusterHeader } from "../../cluster/links.ts";
import { memberHeader } from "../../cluster/other-coordinators.ts";
import { factsHeader, factsIn } from "../../cluster/versions.ts";
import { defineRoute } from "../define-route.ts";

const params = z.object({ id: memberIdSchema });
const digestParams = z.object({ name: z.string().regex(/^[0-9a-f]{16}$/) });

export const clusterRoutes = [
  defineRoute({
    method: "get",
    path: "/api/v1/cluster",
    summary: "What this coordinator knows of its cluster.",
    scopes: ["read"],
    isLocal: true,
    answer: clusterStatusSchema,
    handle: (_call, { cluster }) => cluster.view.status(),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/health",
    summary: "How well each coordinator is, from 100 to 0, and what it costs, as the leader sees it.",
    scopes: ["read"],
    answer: clusterHealthSchema,
    handle: (_call, { cluster }) => cluster.view.health(),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/readings",
    summary: "What this coordinator measures of itself, for its leader.",
    scopes: ["admin"],
    isLocal: true,
    isForMembers: true,
    answer: readingsSchema,
    handle: (_call, { cluster }) => cluster.readings(),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/update-ready",
    summary: "Whether one coordinator may be stopped now, to be updated.",
    scopes: ["read"],
    answer: updateReadinessSchema,
    handle: (_call, { cluster }) => cluster.view.updateReadiness(),
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/cluster/members",
    summary: "Take a coordinator in as a learner, or note where a member is now.",
    scopes: ["admin"],
    isForMembers: true,
    body: joinRequestSchema,
    async handle({ body, context }, { cluster }) {
      cluster.refuseOther(context.req.header(clusterHeader), body.address);
      // It is a member, as far as it knows: if it was removed it is not taken in again.
      if (context.req.header(memberHeader) === "known") await cluster.view.member(body.id);
      await cluster.admit(body, factsIn(context.req.header(factsHeader)));
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/cluster/add",
    summary: "Take in, as a learner, the coordinator that answers at an address and waits to join.",
    scopes: ["admin"],
    body: addRequestSchema,
    answer: addedSchema,
    audit: ({ body: { address } }) => ({ name: "cluster.add", object: address }),
    handle: ({ body: { address } }, { cluster }) => cluster.add(address),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/members/:id",
    summary: "One member, as a leader knows it that a majority has just confirmed; of one that was removed it says so.",
    scopes: ["read"],
    params,
    query: z.object({ cluster: clusterIdSchema.optional() }),
    answer: memberStatusSchema,
    async handle({ params: { id }, query, context }, { cluster }) {
      cluster.refuseOther(query.cluster, new URL(context.req.url).origin);
      return cluster.view.member(id);
    },
  }),
  defineRoute({
    method: "delete",
    path: "/api/v1/cluster/members/:id",
    summary: "Remove a member, for good.",
    scopes: ["admin"],
    params,
    audit: ({ params: { id } }) => ({ name: "cluster.remove", object: id }),
    async handle({ params: { id } }, { cluster }) {
      await cluster.remove(id);
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/cluster/members/:id/promote",
    summary: "Make a learner a voter; on demand only when it has caught up.",
    scopes: ["admin"],
    params,
    query: z.object({ caught_up: z.enum(["true", "false"]).default("false") }),
    audit: ({ params: { id } }) => ({ name: "cluster.promote", object: id }),
    async handle({ params: { id }, query }, { cluster }) {
      await cluster.promote(id, query.caught_up === "true");
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/cluster/transfer",
    summary: "Hand leadership to a voter, or to the one that is furthest.",
    scopes: ["admin"],
    body: transferRequestSchema,
    audit: ({ body: { to } }) => ({ name: "cluster.transfer", object: to ?? "whoever is furthest" }),
    handle({ body: { to } }, { cluster }) {
      cluster.transfer(to);
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/v1/cluster/compare",
    summary: "Compare the tables of all members after one and the same entry of the log.",
    scopes: ["admin"],
    answer: comparisonSchema,
    handle: (_call, { cluster }) => cluster.compare(),
  }),
  defineRoute({
    method: "put",
    path: "/api/v1/cluster/digests/:name",
    summary: "Prepare a digest of this coordinator's tables, as they are after the next configuration in the log.",
    scopes: ["admin"],
    isLocal: true,
    isForMembers: true,
    params: digestParams,
    handle({ params: { name } }, { cluster }) {
      cluster.digests.prepare(name);
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/digests/:name",
    summary: "Wait for a digest that was prepared.",
    scopes: ["admin"],
    isLocal: true,
    isForMembers: true,
    params: digestParams,
    answer: tablesDigestSchema,
    handle: ({ params: { name } }, { cluster }) => cluster.digests.take(name),
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/backup",
    summary: "A backup of the tables, as a tar archive; with blobs, also of logs, artifacts and bundles. One at a time.",
    scopes: ["admin"],
    isLocal: true,
    query: z.object({ blobs: z.enum(["true", "false"]).default("false") }),
    media: "application/x-tar",
    async handle({ query: { blobs } }, { backups }) {
      const headers = { "content-type": "application/x-tar", "content-disposition": 'attachment; filename="shardwright.backup"' };
      return new Response(await backups.open(blobs === "true"), { headers });
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/v1/cluster/snapshots/:index/:digest",
    summary: "A copy of the tables, for a member that is far behind; from any byte on.",
    scopes: ["admin"],
    isLocal: true,
    isForMembers: true,
    params: z.object({ index: z.coerce.number().int().nonnegative(), digest: sha256Schema }),
    media: "application/octet-stream",
    async handle({ params: { index, digest }, context }, { cluster }) {
      const file = await cluster.snapshotFile(index, digest);
      if (file === undefined) throw new ShardwrightError("not-found", { what: `snapshot ${index}` });
      const start = Number(/^bytes=(\d{1,15})-$/.exec(context.req.header("range") ?? "")?.[1] ?? 0);
      if (start > file.bytes) throw new ShardwrightError("bad-request", { problems: "range: it begins after the end" });
      const stream =
        start === file.bytes ? Readable.from([]) : cluster.figures.snapshots.send(createReadStream(file.path, { start }));
      return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
        status: 206,
        headers: {
          "content-type": "application/octet-stream",
          "content-range": `bytes ${start}-${Math.max(start, file.bytes - 1)}/${file.bytes}`,
        },
      });
    },
  }),
];
