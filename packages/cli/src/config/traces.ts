import type { CoordinatorOptions } from "@shardwright/server";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether OpenTelemetry's variables ask for traces, and why they are not sent although they do.
 * See https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
 * @param cases most tests of a run that have a span each
 */
export function tracesFrom(
  environment: Environment,
  cases: number,
): { readonly traces?: NonNullable<CoordinatorOptions["traces"]>; readonly problem?: string } {
  const given = (name: string) => (environment[name]?.trim() === "" ? undefined : environment[name]?.trim());
  const isWanted =
    (given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? given("OTEL_EXPORTER_OTLP_ENDPOINT")) !== undefined &&
    given("OTEL_SDK_DISABLED")?.toLowerCase() !== "true" &&
    (given("OTEL_TRACES_EXPORTER") ?? "otlp") === "otlp";
  if (!isWanted) return {};
  const protocol = given("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? given("OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf";
  if (protocol.startsWith("http/")) return { traces: { cases } };
  return {
    problem: `No traces are sent: OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, and only http/protobuf is spoken. Set it so, with an endpoint that takes it (a collector's port 4318).`,
  };
}
