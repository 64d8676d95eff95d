import { ShardwrightError } from "@shardwright/core";
import { z } from "zod";
import { defineRoute } from "../define-route.ts";

const statusSchema = z.object({ status: z.string() });

export const serviceRoutes = [
  defineRoute({
    method: "get",
    path: "/healthz",
    summary: "The process answers.",
    scopes: "public",
    isLocal: true,
    answer: statusSchema,
    handle: () => ({ status: "ok" }),
  }),
  defineRoute({
    method: "get",
    path: "/readyz",
    summary: "The coordinator takes work.",
    scopes: "public",
    isLocal: true,
    answer: statusSchema,
    handle(_call, { isReady, ledger, cluster }) {
      if (!isReady()) throw new ShardwrightError("draining");
      if (cluster.stalled_ms !== undefined)
        throw new ShardwrightError("disk-stalled", { seconds: (cluster.stalled_ms / 1000).toFixed(1) });
      if (ledger.role !== "leader" && cluster.leaderAddress === undefined) throw new ShardwrightError("no-leader");
      return { status: "ready" };
    },
  }),
  defineRoute({
    method: "get",
    path: "/metrics",
    summary: "Metrics in Prometheus's text format.",
    scopes: ["read"],
    isLocal: true,
    media: "text/plain",
    async handle(_call, { metrics }) {
      return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
    },
  }),
];
