import type { WorkerInfo } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";

/** Whether a worker is there, and how far it is trusted. */
export function StandingTag({ worker: { status, standing } }: { readonly worker: WorkerInfo }) {
  if (status === "lost" || status === "left") return <Tag tone={status === "lost" ? "failed" : "skipped"}>{status}</Tag>;
  if (status === "draining") return <Tag tone="incomplete">draining</Tag>;
  if (standing === "unwell") return <Tag tone="failed">not well</Tag>;
  if (standing === "probation") return <Tag tone="flaky">on probation</Tag>;
  return <Tag tone="passed">well</Tag>;
}

const termWords = {
  errors: "tests that went wrong there",
  heartbeat: "late heartbeats",
  resources: "little memory or disk",
  breaker: "its circuit breaker",
  speed: "it is slow",
} as const;

/** What its health has cost: `late heartbeats −12`. */
export function healthWords(health: WorkerInfo["health"]): string {
  const costs = (health?.terms ?? []).filter(({ cost }) => cost > 0).sort((a, b) => b.cost - a.cost);
  return costs.map(({ name, cost }) => `${termWords[name]} −${Math.round(cost)}`).join(", ");
}

/** Each term of a worker's health, with what it costs of what it can. */
export function healthTerms(
  health: WorkerInfo["health"],
): readonly { readonly words: string; readonly cost: number; readonly most: number }[] {
  return (health?.terms ?? []).map(({ name, cost, most }) => ({ words: termWords[name], cost, most }));
}
