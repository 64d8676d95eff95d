import { demandQuerySchema } from "@shardwright/core";
import type { Plugins } from "@shardwright/plugin";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { GithubIntegration } from "../github/integration.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { TraceFigures } from "../traces/trace-queue.ts";
import { addBrowserMetrics } from "./browser-metrics.ts";
import { pluginMetrics } from "./plugin-metrics.ts";
import { type ClusterSources, addClusterMetrics } from "./cluster-metrics.ts";

export interface MetricsSources {
  /** Where another node leads, what only the leader knows is told as nothing. */
  readonly leadership: {
    readonly current:
      | Pick<
          Scheduler,
          | "counters"
          | "gauges"
          | "demandByNeeds"
          | "slotCounts"
          | "breakerCounts"
          | "tuner"
          | "forecastCounts"
          | "browserUse"
          | "browserCounts"
        >
      | undefined;
  };
  readonly ledger: Pick<Ledger, "position">;
  readonly blobs: Pick<BlobStore, "used_bytes">;
  readonly cluster?: ClusterSources;
  readonly traces?: Readonly<TraceFigures>;
  readonly identity?: { readonly outcomes: ReadonlyMap<string, number> };
  readonly github?: Pick<GithubIntegration, "figures">;
  readonly plugins?: Pick<Plugins, "metrics">;
}

export interface Metrics {
  /** Counts an answered request. */
  request(route: string, method: string, status: number, duration_ms: number): void;
  /** In Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What a coordinator tells Prometheus; read from where it lives when asked. */
export function createMetrics({
  leadership,
  ledger,
  blobs,
  cluster,
  traces,
  plugins,
  identity,
  github,
}: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "shardwright_http_request_duration_seconds",
    help: "Time to answer, by route; long polls and streams include their waiting.",
    labelNames: ["route", "method", "status"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number) => {
    const made = new Gauge({
      name: `shardwright_${name}`,
      help,
      registers,
      collect() {
        made.set(read());
      },
    });
  };
  gauge("runs_open", "Runs that are not over.", () => leadership.current?.gauges().runs ?? 0);
  gauge("tasks_open", "Tasks without a final status.", () => leadership.current?.gauges().tasks ?? 0);
  gauge("tasks_pending", "Tasks that wait for a worker.", () => leadership.current?.gauges().pending ?? 0);
  gauge("workers", "Workers that are live or draining.", () => leadership.current?.gauges().workers ?? 0);
  gauge("leases", "Leases that stand.", () => leadership.current?.gauges().leases ?? 0);
  gauge("polls", "Workers' requests for work that wait.", () => leadership.current?.gauges().polls ?? 0);
  gauge("ledger_position", "Position of the last fact applied.", () => ledger.position);
  gauge("blobs_bytes", "Bytes kept as blobs.", () => blobs.used_bytes);
  const labelled = (name: string, help: string, label: string) =>
    new Gauge({ name: `shardwright_${name}`, help, labelNames: [label], registers });
  const slots = labelled("slots", "Slots of live workers, by whether they run something.", "state");
  const waiting = labelled("demand_waiting_tasks", "Tests that wait for a fleet, by the tags they need.", "needs");
  const oldest = labelled("demand_oldest_wait_seconds", "How long the oldest of them waits.", "needs");
  const wanted = labelled(
    "demand_wanted_slots",
    "How many more slots would pay for them; kinds may share slots, so these do not add up.",
    "needs",
  );
  const breakers = new Gauge({
    name: "shardwright_breakers",
    help: "Circuit breakers that are not closed, or have something against what they guard.",
    labelNames: ["scope", "phase"],
    registers,
    collect() {
      breakers.reset();
      for (const { scope, phase, count } of leadership.current?.breakerCounts ?? []) breakers.set({ scope, phase }, count);
    },
  });
  const tuned = new Gauge({
    name: "shardwright_tuning_value",
    help: "What holds of each parameter that is tuned: seconds, or a share.",
    labelNames: ["parameter"],
    registers,
    collect() {
      tuned.reset();
      for (const { parameter, value } of leadership.current?.tuner.list().parameters ?? []) tuned.set({ parameter }, value);
    },
  });
  const forecasts = new Gauge({
    name: "shardwright_worker_forecasts",
    help: "Workers that something is foretold of: memory or disk used up, more errors, less speed.",
    labelNames: ["kind"],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(leadership.current?.forecastCounts ?? {})) forecasts.set({ kind }, count);
    },
  });
  addBrowserMetrics(registry, () => leadership.current);
  const terms = demandQuerySchema.parse({});
  const readDemand = () => {
    for (const [state, count] of Object.entries(leadership.current?.slotCounts ?? {})) slots.set({ state }, count);
    for (const gauges of [waiting, oldest, wanted]) gauges.reset();
    for (const { needs, waiting_tasks, oldest_wait_s, wanted_slots } of leadership.current?.demandByNeeds(terms) ?? []) {
      waiting.set({ needs }, waiting_tasks);
      oldest.set({ needs }, oldest_wait_s);
      wanted.set({ needs }, wanted_slots);
    }
  };
  const counter = (name: string, help: string, labelNames: string[], read: () => [Record<string, string>, number][]) => {
    const made = new Counter({
      name: `shardwright_${name}_total`,
      help,
      labelNames,
      registers,
      collect() {
        made.reset();
        for (const [labels, value] of read()) made.inc(labels, value);
      },
    });
  };
  counter("leases", "Leases dealt.", [], () => [[{}, leadership.current?.counters.leases ?? 0]]);
  counter("workers_lost", "Workers given up for lost.", [], () => [[{}, leadership.current?.counters.workersLost ?? 0]]);
  counter("attempts", "Attempts ended, by outcome.", ["outcome"], () =>
    Object.entries(leadership.current?.counters.attempts ?? {}).map(([outcome, count]) => [{ outcome }, count]),
  );
  counter("recoveries", "What was done for tasks whose attempts failed or were lost, by action.", ["action"], () =>
    Object.entries(leadership.current?.counters.recoveries ?? {}).map(([action, count]) => [{ action }, count]),
  );
  counter("tuning_changes", "What became of parameters that are tuned, by parameter and phase.", ["parameter", "phase"], () =>
    [...(leadership.current?.tuner.changes.values() ?? [])].map(({ parameter, phase, count }) => [{ parameter, phase }, count]),
  );
  counter("worker_forecasts", "Times that something was foretold of a worker, by kind.", ["kind"], () =>
    Object.entries(leadership.current?.counters.foretold ?? {}).map(([kind, count]) => [{ kind }, count]),
  );
  counter("events_accepted", "Workers' events taken.", [], () => [[{}, leadership.current?.counters.accepted ?? 0]]);
  counter("events_dropped", "Workers' events that changed nothing, by reason.", ["reason"], () =>
    Object.entries(leadership.current?.counters.dropped ?? {}).map(([reason, count]) => [{ reason }, count]),
  );
  if (traces !== undefined) {
    counter("trace_spans", "Spans of runs that are over, by whether they were sent or given up.", ["outcome"], () => [
      [{ outcome: "sent" }, traces.spans],
      [{ outcome: "dropped" }, traces.dropped],
    ]);
    counter("trace_requests_failed", "Requests with spans that the collector did not take.", [], () => [[{}, traces.failed]]);
  }
  counter(
    "identity_exchanges",
    "Identity tokens of CI jobs, by whether a token was granted for them or why not.",
    ["outcome"],
    () => [...(identity?.outcomes ?? [])].map(([outcome, count]) => [{ outcome }, count]),
  );
  if (github?.figures !== undefined) {
    counter("github_requests", "Requests of the GitHub App, by the kind of answer.", ["outcome"], () =>
      [...(github.figures?.requests ?? [])].map(([outcome, count]) => [{ outcome }, count]),
    );
    counter("github_checks_given_up", "Checks of runs that could not be written.", [], () => [
      [{}, github.figures?.givenUp ?? 0],
    ]);
  }
  if (cluster !== undefined) addClusterMetrics(registry, cluster);
  return {
    request: (route, method, status, duration_ms) =>
      requests.observe({ route, method, status: String(status) }, duration_ms / 1000),
    async text() {
      readDemand();
      const [own, more] = await Promise.all([registry.metrics(), plugins?.metrics()]);
      return more === undefined ? own : `${own}${await pluginMetrics(more)}`;
    },
    contentType: registry.contentType,
  };
}
