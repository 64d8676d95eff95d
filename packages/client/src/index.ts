export { createClient, type Client, type ClientOptions, type Failover } from "./client.ts";
export { blobReference, type BlobReference } from "./routes/blobs.ts";
export type { PositionedRunEvent, RunEventsOptions } from "./routes/runs.ts";
export type { StreamOptions } from "./streams/resumed-stream.ts";
export { addressProblem } from "./transport/addresses.ts";
export type { CallOptions, Trouble } from "./transport/caller.ts";
export { backoff_ms, noRetry, pause, type RetryPolicy } from "./transport/retry.ts";
export type { FailoverStrategy } from "./transport/route.ts";
