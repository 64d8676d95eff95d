import type { CaseResult, Lease, WorkerEvent } from "@shardwright/core";
import { Asking } from "./asking.ts";
import { schedulerOptions } from "./coordinator.ts";

const capabilities = { os: "linux", arch: "x64", cpu: 2, memory_mib: 4096, tags: [], details: {} } as const;

/** Told of what was acknowledged: the events of one report that were taken, or known already. */
export type OnAcknowledged = (events: readonly WorkerEvent[]) => void;

/** A worker that registers, takes leases, and reports what its tests would do; and that dies, leaves and falls silent now and then. */
export class SimWorker extends Asking {
  #onAcknowledged: OnAcknowledged = () => {};
  #instances = 0;
  /** Leases it holds in this session, and those it was told to stop. */
  #held = new Set<number>();
  #stopped = new Set<number>();
  #session = 0;

  onAcknowledged(listener: OnAcknowledged): void {
    this.#onAcknowledged = listener;
  }

  protected async live(): Promise<void> {
    for (let instance = this.#newInstance(); !this.isStopped;) {
      const reply = await this.insist(({ leadership }) =>
        leadership.scheduler.register({
          name: this.id,
          instance,
          slots: 1,
          capabilities: { ...capabilities, tags: [] },
          version: "1",
        }),
      );
      if (reply?.kind !== "answer") return;
      this.done += 1;
      this.#session += 1;
      this.#held = new Set();
      this.#stopped = new Set();
      void this.#beat(reply.answer.worker, this.#session).catch((error: unknown) => this.place.broke(error));
      // It comes back as the process it was, or as another one in its place.
      if (!(await this.#work(reply.answer.worker))) instance = this.#newInstance();
      this.#session += 1;
      await this.pause(this.random.between(10, 1500));
    }
  }

  #newInstance(): string {
    this.#instances += 1;
    return `instance-${this.id}-${this.#instances}`;
  }

  async #beat(worker: string, session: number): Promise<void> {
    while (session === this.#session && !this.isStopped) {
      const fences = [...this.#held];
      const reply = await this.ask(({ leadership }) => leadership.scheduler.heartbeat(worker, { fences, draining: false }), 300);
      if (session !== this.#session) return;
      if (reply.kind === "answer") for (const fence of reply.answer.stop) this.#stopped.add(fence);
      await this.pause(schedulerOptions.heartbeat_ms * this.random.between(0.5, 1));
    }
  }

  /** @returns whether the same process registers again */
  async #work(worker: string): Promise<boolean> {
    while (!this.isStopped) {
      if (this.random.chance(0.02)) return false;
      if (this.random.chance(0.02)) {
        await this.insist(
          ({ leadership }) => leadership.scheduler.leave(worker),
          () => true,
        );
        return false;
      }
      const wait_ms = this.random.whole(0, 400);
      const resumes = this.random.chance(0.8) ? ["vitest"] : [];
      const gone = new AbortController();
      const reply = await this.ask(
        ({ leadership }) => leadership.scheduler.lease(worker, { slots: 1, wait_ms, warm: [], resumes }, gone.signal),
        wait_ms + 300,
      );
      if (reply.kind === "silence") gone.abort();
      if (reply.kind === "refused" && reply.code === "worker-unknown") return true;
      if (reply.kind !== "answer") {
        await this.pause(this.random.between(10, 100));
        continue;
      }
      for (const lease of reply.answer.leases) this.#held.add(lease.fence);
      for (const lease of reply.answer.leases) {
        const isKnown = await this.#run(worker, lease);
        this.#held.delete(lease.fence);
        if (!isKnown) return true;
      }
    }
    return true;
  }

  /** @returns whether the coordinator still knows this worker */
  async #run(worker: string, lease: Lease): Promise<boolean> {
    for (const { task, attempt, spec, finished = [] } of lease.tasks) {
      if (this.#stopped.has(lease.fence)) return true;
      const base = { run: lease.run, fence: lease.fence, task, attempt };
      if (this.random.chance(0.03) && !(await this.#report(worker, [{ type: "released", ...base, reason: "not now" }])))
        return false;
      const done = new Set(finished.map((path) => path.join(" ")));
      const cases = casesOf(spec.file, outcomeOf(spec.file, attempt)).filter(({ path }) => !done.has(path.join(" ")));
      const outcome = cases.some(({ status }) => status === "failed")
        ? "failed"
        : cases[0]?.status === "passed"
          ? "passed"
          : "skipped";
      const told = this.random.whole(0, cases.length);
      const first: WorkerEvent[] = [{ type: "started", ...base }];
      if (told > 0) first.push({ type: "cases", ...base, first: 0, cases: cases.slice(0, told) });
      if (this.random.chance(0.6) && !(await this.#report(worker, first))) return false;
      const hasTold = first.length > 1 && this.#lastReported === first;
      await this.pause(this.random.chance(0.05) ? this.random.between(1500, 4000) : this.random.between(5, 150));
      const rest = hasTold ? cases.slice(told) : cases;
      const duration_ms = Math.round(this.random.between(5, 150));
      const end: WorkerEvent = {
        type: "finished",
        ...base,
        outcome,
        duration_ms,
        cases: cases.length,
        ...(rest.length > 0 && { last: rest }),
        ...(outcome === "failed" && { failure: { kind: "assertion", message: "1 is not 2" } }),
      };
      if (!(await this.#report(worker, [end]))) return false;
    }
    return true;
  }

  #lastReported: readonly WorkerEvent[] = [];

  /** Sends until it is taken or given up, the same each time. @returns whether this worker is still known */
  async #report(worker: string, events: readonly WorkerEvent[]): Promise<boolean> {
    this.#lastReported = [];
    const reply = await this.insist(
      ({ leadership }) => leadership.scheduler.results(worker, { events: [...events] }),
      (code) => code === "worker-unknown",
    );
    if (reply?.kind !== "answer") return false;
    const { dropped } = reply.answer;
    // What is known already is promised as well as what is taken.
    const isLeft = new Set(dropped.filter(({ reason }) => reason !== "duplicate").map(({ index }) => index));
    this.#onAcknowledged(events.filter((_, index) => !isLeft.has(index)));
    if (dropped.length === 0) this.#lastReported = events;
    this.done += 1;
    return true;
  }
}

/** A file's tests do the same whoever runs them: the verdict does not hang on who died. */
function outcomeOf(file: string, attempt: number): "passed" | "failed" | "skipped" {
  if (file.startsWith("bad")) return "failed";
  if (file.startsWith("flaky")) return attempt % 2 === 1 ? "failed" : "passed";
  return file.startsWith("skipped") ? "skipped" : "passed";
}

function casesOf(file: string, outcome: "passed" | "failed" | "skipped"): CaseResult[] {
  return Array.from({ length: 1 + (file.length % 3) }, (_, at) => {
    const status = at === 0 ? outcome : "passed";
    return { path: [file, `case ${at}`], ordinal: 0, status, duration_ms: 1 + at, retries: 0 };
  });
}
