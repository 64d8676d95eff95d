import { readAddresses } from "./transport/addresses.ts";
import { Caller, type Trouble } from "./transport/caller.ts";
import { defaultRetry, type RetryPolicy } from "./transport/retry.ts";
import type { FailoverStrategy } from "./transport/route.ts";
import { analyticsRoutes } from "./routes/analytics.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { clusterRoutes } from "./routes/cluster.ts";
import { configurationRoutes } from "./routes/configuration.ts";
import { runRoutes } from "./routes/runs.ts";
import { serviceRoutes } from "./routes/service.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { trendRoutes } from "./routes/trends.ts";
import { tuningRoutes } from "./routes/tuning.ts";
import { workerRoutes } from "./routes/workers.ts";

/** How a client goes from one address to another. */
export interface Failover {
  /** Which address is asked first; `leader` when absent. */
  readonly strategy?: FailoverStrategy;
  /** How long one address may take to answer before the next one is asked; 10,000 when absent. */
  readonly timeout_ms?: number;
}

export interface ClientOptions {
  /** Where coordinators may answer, in the order of preference: `http://host:port`, `https://host/prefix` or `host:port`. */
  readonly addresses: readonly string[];
  /** The token sent with every call. */
  readonly apiKey: string;
  readonly failover?: Failover;
  readonly retry?: Partial<RetryPolicy>;
  /** Told of every attempt that failed and will be made again. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

/** The coordinator's API, a method a route. */
export type Client = ReturnType<typeof createClient>;

/**
 * Makes a client. Opens and loads nothing before its first call. Every call may be sent twice without harm, so all are tried again
 * where no coordinator answers or one answers that it cannot just now, within `retry`; each time all addresses are asked. Followers of a
 * cluster forward what only its leader can do, so every address serves every call.
 *
 * @throws ShardwrightError `usage` when an address cannot be one. Calls throw what the coordinator refused them with,
 *   `coordinator-unreachable` when none answered in time, `bad-response` when what answered is no coordinator.
 * @example
 * const client = createClient({ addresses: ["http://127.0.0.1:7070"], apiKey });
 * const { run } = await client.submitRun(submission);
 * for await (const { event } of client.runEvents(run)) console.log(event.type);
 */
export function createClient(options: ClientOptions) {
  const addresses = readAddresses(options.addresses);
  const caller = new Caller({
    addresses,
    apiKey: options.apiKey,
    strategy: options.failover?.strategy ?? "leader",
    timeout_ms: options.failover?.timeout_ms ?? 10_000,
    retry: { ...defaultRetry, ...options.retry },
    onTrouble: options.onTrouble,
  });
  return {
    addresses: addresses.map((address) => address.text),
    /** How long one of them may take to answer. */
    timeout_ms: caller.timeout_ms,
    ...runRoutes(caller),
    ...workerRoutes(caller),
    ...blobRoutes(caller),
    ...tokenRoutes(caller),
    ...serviceRoutes(caller),
    ...clusterRoutes(caller),
    ...configurationRoutes(caller),
    ...trendRoutes(caller),
    ...analyticsRoutes(caller),
    ...tuningRoutes(caller),
    /** Ends all connections; calls still under way fail. */
    close: () => caller.close(),
  };
}
