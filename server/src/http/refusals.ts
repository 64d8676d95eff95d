import { type ErrorBody, ShardwrightError, reasonOf } from "@shardwright/core";
import type { Context } from "hono";
import type { Logger } from "pino";
import { forwarderOf } from "../cluster/forwarding.ts";

/** An error of the catalogue, as HTTP says it. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

export function refusalOf(error: ShardwrightError): Refusal {
  const { status } = error;
  const headers: Record<string, string> = {};
  if (error.retryable) headers["retry-after"] = String(error.details.retry_s ?? 1);
  if (status === 401) headers["www-authenticate"] = "Bearer";
  return { status: status === 0 ? 500 : status, headers, body: error.toBody() };
}

export function refuse(context: Context, error: ShardwrightError): Response {
  const { status, headers, body } = refusalOf(error);
  return context.json(body, status as 400, headers);
}

/** Answers with an error of the catalogue; any other one is a fault of ours, and logged. */
export function refuseWith(error: Error, context: Context, log: Logger): Response {
  return refuse(
    context,
    asRefusal(error, () => namesOf(context), log),
  );
}

/** @param names what the request is called in the log */
export function asRefusal(error: unknown, names: () => object, log: Logger): ShardwrightError {
  if (error instanceof ShardwrightError) return error;
  log.error({ err: error, ...names() }, "a request failed inside the coordinator");
  return new ShardwrightError("internal", { reason: reasonOf(error) }, { cause: error });
}

/** What a request is called in the log, and which member handed it on. */
export function namesOf(context: Context): { method: string; path: string; from?: string } {
  const from = forwarderOf(context);
  return { method: context.req.method, path: context.req.path, ...(from !== undefined && { from }) };
}
