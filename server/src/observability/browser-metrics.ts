import { Counter, Gauge, type Registry } from "prom-client";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** What the browsers of workers do, as these said in their last heartbeats; nothing where another node leads. */
export function addBrowserMetrics(
  registry: Registry,
  leading: () => Pick<Scheduler, "browserUse" | "browserCounts"> | undefined,
): void {
  const registers = [registry];
  const waiting = new Gauge({ name: "shardwright_browser_waiting", help: "Tests that wait for a browser.", registers });
  const leases = new Gauge({
    name: "shardwright_browser_leases",
    help: "Tests that have a browser, by its kind.",
    labelNames: ["kind"],
    registers,
  });
  const memory = new Gauge({
    name: "shardwright_browser_memory_bytes",
    help: "Memory of browsers with all their processes, by kind; 0 where their system does not tell.",
    labelNames: ["kind"],
    registers,
  });
  const browsers = new Gauge({
    name: "shardwright_browsers",
    help: "Browsers that run for tests, by kind and state.",
    labelNames: ["kind", "state"],
    registers,
    collect() {
      for (const gauge of [browsers, leases, memory]) gauge.reset();
      const use = leading()?.browserUse;
      waiting.set(use?.waiting ?? 0);
      for (const [kind, { starting, ready, retiring, ...sums }] of use?.kinds ?? []) {
        for (const [state, count] of Object.entries({ starting, ready, retiring })) browsers.set({ kind, state }, count);
        leases.set({ kind }, sums.leases);
        memory.set({ kind }, sums.memory_bytes);
      }
    },
  });
  const lent = new Counter({ name: "shardwright_browsers_lent_total", help: "Leases of browsers to tests.", registers });
  const retired = new Counter({
    name: "shardwright_browsers_retired_total",
    help: "Browsers that were given up, by reason: lost to trouble, evicted for another kind, worn, idle.",
    labelNames: ["reason"],
    registers,
  });
  const started = new Counter({
    name: "shardwright_browsers_started_total",
    help: "Browsers that were started for tests.",
    registers,
    collect() {
      for (const counter of [started, lent, retired]) counter.reset();
      const counts = leading()?.browserCounts;
      started.inc(counts?.started ?? 0);
      lent.inc(counts?.leased ?? 0);
      for (const [reason, count] of counts?.retired ?? []) retired.inc({ reason }, count);
    },
  });
}
