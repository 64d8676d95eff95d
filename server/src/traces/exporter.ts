import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { type Resource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { SpanData } from "./span.ts";

/** One request, with the tries that OpenTelemetry's exporter makes of it, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise. */
const request_ms = 3000;

/** Sends spans by OTLP over HTTP to where the environment says. */
export interface SpanExporter {
  /** @throws what kept them from being sent */
  send(spans: readonly SpanData[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * OpenTelemetry's own exporter, which reads the `OTEL_EXPORTER_OTLP_…` variables: endpoint, headers, compression, certificates, time limit.
 * @param version of this program
 */
export function openExporter(version: string): SpanExporter {
  const isLimited = ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"].some((name) => process.env[name]);
  const exporter = new OTLPTraceExporter(isLimited ? {} : { timeoutMillis: request_ms });
  const resource = resourceFromAttributes({ "service.name": "shardwright", "service.version": version }).merge(
    detectResources({ detectors: [envDetector] }),
  );
  const scope = { name: "shardwright", version };
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        const readable = spans.map((span) => readableSpan(span, resource, scope));
        exporter.export(readable, ({ code, error }) => {
          const said: number = code;
          if (said === 0) resolve();
          else reject(error ?? new Error("the collector did not take them"));
        });
      }),
    close: () => exporter.shutdown(),
  };
}

/** A span in the form that OpenTelemetry's exporters take. */
function readableSpan(span: SpanData, resource: Resource, scope: ReadableSpan["instrumentationScope"]): ReadableSpan {
  const context = { traceId: span.trace, spanId: span.id, traceFlags: TraceFlags.SAMPLED };
  const { parent } = span;
  return {
    name: span.name,
    kind: span.kind === "server" ? SpanKind.SERVER : SpanKind.INTERNAL,
    spanContext: () => context,
    ...(parent !== undefined && {
      parentSpanContext: {
        traceId: parent.trace,
        spanId: parent.id,
        traceFlags: TraceFlags.SAMPLED,
        isRemote: span.kind === "server",
      },
    }),
    startTime: timeOf(span.start_ms),
    endTime: timeOf(span.end_ms),
    duration: timeOf(Math.max(0, span.end_ms - span.start_ms)),
    status: {
      code: span.status === "error" ? SpanStatusCode.ERROR : SpanStatusCode.UNSET,
      ...(span.message !== undefined && { message: span.message }),
    },
    attributes: { ...span.attributes } satisfies Attributes,
    links: [],
    events: span.events.map(({ name, at_ms, attributes }) => ({ name, time: timeOf(at_ms), attributes: { ...attributes } })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)];
}
