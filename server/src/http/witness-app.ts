import { ShardwrightError } from "@shardwright/core";
import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import type { Cluster } from "../cluster/cluster.ts";
import { forwardedHeader } from "../cluster/forwarding.ts";
import { refuseWith } from "./refusals.ts";
import { routes } from "./routes.ts";
import { socketOf } from "./socket-of.ts";

export interface WitnessParts {
  readonly cluster: Pick<Cluster, "forward" | "incoming" | "leaderAddress" | "readings" | "stalled_ms" | "view">;
  /** In Prometheus's text format. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** @throws ShardwrightError for a token that may not do everything */
  readonly checkAdmin: (authorization: string | undefined) => void;
  /** False while it shuts down and after its log failed. */
  readonly isReady: () => boolean;
  readonly log: Logger;
}

/**
 * What a witness answers: whether it is there, and what it knows of its cluster. It has no tables, so whatever else is asked for goes to the
 * leader, reads as well.
 */
export function createWitnessApp({ cluster, metrics, checkAdmin, isReady, log }: WitnessParts): Hono {
  const app = new Hono();
  const checkPeer = async (context: Context, next: () => Promise<void>): Promise<void> => {
    cluster.incoming.checkPeer(socketOf(context));
    await next();
  };
  // Handed on, it would pass for what this witness asks.
  for (const { method, path, isForMembers } of routes) if (isForMembers === true) app.on(method.toUpperCase(), path, checkPeer);
  app.use(async (context, next) => {
    if (context.req.header(forwardedHeader) === undefined) await next();
    else await checkPeer(context, next);
  });
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", (context) => {
    if (!isReady()) throw new ShardwrightError("draining");
    if (cluster.stalled_ms !== undefined)
      throw new ShardwrightError("disk-stalled", { seconds: (cluster.stalled_ms / 1000).toFixed(1) });
    if (cluster.leaderAddress === undefined) throw new ShardwrightError("no-leader");
    return context.json({ status: "ready" });
  });
  // Its own, for the leader's would be counted twice.
  app.get("/metrics", async (context) => {
    checkAdmin(context.req.header("authorization"));
    return context.body(await metrics.metrics(), 200, { "content-type": metrics.contentType });
  });
  app.get("/api/v1/cluster", async (context) => {
    try {
      checkAdmin(context.req.header("authorization"));
    } catch {
      // All other tokens are in the tables.
      return cluster.forward(context);
    }
    return context.json(await cluster.view.status());
  });
  app.get("/api/v1/cluster/readings", async (context) => {
    checkAdmin(context.req.header("authorization"));
    return context.json(await cluster.readings());
  });
  app.all("*", (context) => cluster.forward(context));
  app.onError((error, context) => refuseWith(error, context, log));
  return app;
}
