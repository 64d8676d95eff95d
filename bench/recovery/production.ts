import type { Fact, FactBody } from "@shardwright/core";
import type { Clock } from "../../server/src/clock.ts";
import { openDatabase } from "../../server/src/database/open.ts";
import { createQueries } from "../../server/src/database/queries.ts";
import type { AppliedFact, Ledger, Projections } from "../../server/src/ledger/ledger.ts";
import { createLogger } from "../../server/src/observability/logger.ts";
import { createProjections } from "../../server/src/projections/apply.ts";
import { type SchedulerOptions, schedulerDefaults } from "../../server/src/scheduler/options.ts";
import { Scheduler } from "../../server/src/scheduler/scheduler.ts";
import type { Coordinator, Named, Policy } from "./coordinator.ts";

const log = createLogger("silent");

/** The production scheduler with its defaults, on real tables that lie in memory: what is decided here is decided in production. */
export function production(name = "shardwright", changes: Partial<SchedulerOptions> = {}): Policy {
  return {
    name,
    begin(world, clock, random): Coordinator {
      const { database, client } = openDatabase(":memory:");
      // What waits to be written is written when the tables are read, and no timer of the world's is spent on it.
      const projections = createProjections(database, client, { ...clockOf(clock), after: () => ({ cancel: () => {} }) });
      const queries = createQueries(database, () => projections.settle());
      const ledger = new MemoryLedger(projections, clock);
      let ids = 0;
      const scheduler = new Scheduler({
        ledger,
        queries: { ...queries, timings: { ...queries.timings, history: () => world.history } },
        clock,
        log,
        newId: (prefix) => `${prefix}-${String(++ids).padStart(16, "0")}`,
        options: { ...schedulerDefaults, ...changes },
        random,
      });
      scheduler.lead();
      let run = "";
      return {
        get isOver() {
          return ledger.hasEnded;
        },
        async submit(submission) {
          ({ run } = await scheduler.submit(submission));
        },
        register: (request) => scheduler.register(request),
        signals: (worker, sink) => scheduler.signals(worker, sink),
        lease: (worker, request, signal) => scheduler.lease(worker, request, signal),
        results: (worker, events) => scheduler.results(worker, { events }),
        heartbeat: (worker, request) => scheduler.heartbeat(worker, request),
        result() {
          const tasks = queries.tasks.ofRun(run);
          const { verdict } = queries.runs.summary(run) ?? {};
          return {
            isGreen: verdict === undefined || verdict === "incomplete" ? undefined : verdict === "passed",
            named: tasks.map(({ status, flaky }) => namedAs(status, flaky)),
            counted: new Set(tasks.map(({ task, current }) => `${task}.${current ?? 0}`)),
          };
        },
        close() {
          scheduler.close();
          client.close();
        },
      };
    },
  };
}

function namedAs(status: string, flaky: boolean): Named | undefined {
  if (status === "passed") return flaky ? "flaky" : "passed";
  return status === "failed" || status === "errored" ? status : undefined;
}

function clockOf(clock: Clock): Omit<Clock, "after"> {
  return { now_ms: () => clock.now_ms(), monotonic_ms: () => clock.monotonic_ms() };
}

/** A ledger whose disk is as quick as memory and never fails: losing coordinators is simulated elsewhere. */
class MemoryLedger implements Ledger {
  readonly role = "leader";
  readonly factVersion: number;
  hasEnded = false;
  readonly #projections: Projections;
  readonly #clock: Clock;
  #entry = 0;

  constructor(projections: Projections, clock: Clock) {
    this.#projections = projections;
    this.#clock = clock;
    this.factVersion = projections.factVersion;
  }

  get position(): number {
    return this.#projections.position;
  }

  append(bodies: readonly FactBody[]): Promise<number> {
    if (bodies.length === 0) return Promise.resolve(this.position);
    this.#entry += 1;
    const first = this.position + 1;
    const at_ms = this.#clock.now_ms();
    const facts = bodies.map((body, index): AppliedFact => {
      if (body.type === "RunEnded") this.hasEnded = true;
      return { fact: { position: first + index, at_ms, body }, text: JSON.stringify(body), entry: this.#entry };
    });
    this.#projections.apply(facts, this.#entry);
    return Promise.resolve(this.position);
  }

  onRoleChange(): void {}
  onApplied(): void {}
  onRestored(): void {}
  onFailure(): void {}

  history(run: string, after: number, limit: number): Fact[] {
    return this.#projections.history(run, after, limit);
  }

  barrier(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#projections.close();
  }
}
