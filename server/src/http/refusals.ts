import { ShardwrightError, reasonOf } from "@shardwright/core";
import type { Context } from "hono";
import type { Logger } from "pino";
import { forwarderOf } from "../cluster/forwarding.ts";

export function refuse(context: Context, error: ShardwrightError): Response {
  const status = error.status === 0 ? 500 : error.status;
  if (error.retryable) context.header("retry-after", String(error.details.retry_s ?? 1));
  if (status === 401) context.header("www-authenticate", "Bearer");
  return context.json(error.toBody(), status as 400);
}

/** Answers with an error of the catalogue; any other one is a fault of ours, and logged. */
export function refuseWith(error: Error, context: Context, log: Logger): Response {
  return refuse(context, asRefusal(error, context, log));
}

export function asRefusal(error: Error, context: Context, log: Logger): ShardwrightError {
  if (error instanceof ShardwrightError) return error;
  log.error({ err: error, ...namesOf(context) }, "a request failed inside the coordinator");
  return new ShardwrightError("internal", { reason: reasonOf(error) }, { cause: error });
}

/** What a request is called in the log, and which member handed it on. */
export function namesOf(context: Context): { method: string; path: string; from?: string } {
  const from = forwarderOf(context);
  return { method: context.req.method, path: context.req.path, ...(from !== undefined && { from }) };
}
