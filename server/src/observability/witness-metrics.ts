import { Registry } from "prom-client";
import { type ClusterSources, addClusterMetrics } from "./cluster-metrics.ts";

/** What a witness tells Prometheus: what it goes through as a member, for it deals nothing and keeps nothing. */
export function createWitnessMetrics(sources: ClusterSources): Registry {
  const registry = new Registry();
  addClusterMetrics(registry, sources);
  return registry;
}
