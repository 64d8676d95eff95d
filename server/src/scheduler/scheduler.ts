import {
  type Admission,
  type ClosedRequest,
  type DemandAnswer,
  type DemandQuery,
  type FactBody,
  type FactOf,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type JudgementAnswer,
  type JudgementRequest,
  type LeaseRequest,
  type LeaseResponse,
  type PublicationAnswer,
  type PublicationRequest,
  type RegisterRequest,
  type RegisterResponse,
  type ResultsRequest,
  type ResultsResponse,
  type RunId,
  ShardwrightError,
  type Submission,
  type SubmitResponse,
  type TraceParent,
  type TuningRequest,
  type WorkerId,
  type WorkerInfo,
  forecastSentence,
} from "@shardwright/core";
import type { Logger } from "pino";
import type { Clock, Timer } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { NewId } from "../security/random.ts";
import { admissionOf } from "./admission.ts";
import { breakerCounts } from "./breakers.ts";
import { BrowserPools, type BrowserUse } from "./browser-pools.ts";
import { type ChosenParts, refuseUnknownParts, usualParts } from "./chosen-parts.ts";
import { sessionsClosed } from "./closing.ts";
import { dealToAll } from "./dealing.ts";
import { type NeedsDemand, demandByNeeds, demandOf, slotCounts } from "./demand.ts";
import type { SchedulerOptions } from "./options.ts";
import { EndedRuns } from "./ended-runs.ts";
import { forecastCounts } from "./forecasts.ts";
import { health } from "./health.ts";
import { noticeOnce } from "./notices.ts";
import { drainWorker, quarantineWorker, releaseWorker } from "./operating.ts";
import { rebuild } from "./rebuild.ts";
import { reopenAsItWas } from "./reopening.ts";
import { acceptEvents } from "./results.ts";
import { cancelRun, submitRun } from "./runs.ts";
import { slotsInUse } from "./sharing.ts";
import type { Counters, Poll, SchedulerState, SignalSink, WorkerState } from "./state.ts";
import { Tuner } from "./tuning.ts";
import { handSlots, heartbeat, leave, loseLease, openSignals, registerWorker, sweep, workerOf } from "./workers.ts";

export interface SchedulerParts {
  readonly ledger: Ledger;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly log: Logger;
  readonly newId: NewId;
  readonly options: SchedulerOptions;
  /** Which coordinator leads now, for the timeline of what it leads. */
  readonly leader?: Omit<FactOf<"LeadershipTaken">, "type">;
  /** What comes with Shardwright when absent. */
  readonly plugins?: ChosenParts;
  /** From 0 to less than 1; `Math.random` when absent. */
  readonly random?: () => number;
}

/**
 * Decides: what runs where, what runs again, when a run is over. Each method decides in memory at once, hands the facts to the ledger,
 * and answers when they are durable.
 */
export class Scheduler {
  readonly #state: SchedulerState;
  readonly #newId: NewId;
  /** As the coordinator was started. */
  readonly #untuned: SchedulerOptions;
  readonly tuner: Tuner;
  readonly #leader: SchedulerParts["leader"];
  #sweeper: Timer | undefined;
  /** Submissions under way, by project and key: until their fact is applied, the tables do not have them. */
  readonly #submitting = new Map<string, Promise<unknown>>();
  readonly #ended: EndedRuns;

  constructor({
    ledger,
    queries,
    clock,
    log,
    newId,
    options,
    leader,
    plugins = usualParts,
    random = Math.random,
  }: SchedulerParts) {
    this.#newId = newId;
    this.#untuned = options;
    this.tuner = new Tuner({
      options,
      ledger,
      queries,
      clock,
      log,
      random,
      record: (facts) => this.#state.record(facts),
      onChanged: () => handSlots(this.#state),
    });
    this.#leader = leader;
    this.#state = {
      clock,
      options: this.tuner.options,
      tuner: this.tuner,
      plugins,
      queries,
      log,
      runs: new Map(),
      leaving: new Map(),
      workers: new Map(),
      leases: new Map(),
      inUse: new Map(),
      polls: new Set(),
      breakers: new Map(),
      counters: { leases: 0, attempts: {}, recoveries: {}, accepted: 0, dropped: {}, workersLost: 0, foretold: {} },
      browserPools: new BrowserPools(),
      generation: 0,
      lookAgain: undefined,
      lastFence: 0,
      draining: false,
      record: (facts) => {
        const durable = ledger.append(facts);
        durable.catch(() => {});
        for (const fact of facts) {
          if (fact.type === "RunEnded") this.#noteLeaving(fact.run, durable);
          if (fact.type === "RunsPurged") for (const run of fact.runs) this.#noteLeaving(run, durable);
        }
        return durable;
      },
      history: (project, keys) => queries.timings.history(project, keys),
      factVersion: () => ledger.factVersion,
      random,
      wake: () => dealToAll(this.#state),
    };
    this.#ended = new EndedRuns(this.#state);
  }

  /** Takes up the work: rebuilds what the tables know and starts to watch the time. */
  lead(): void {
    rebuild(this.#state);
    // Runs under way go on under another one: their timelines say so.
    if (this.#leader !== undefined && this.#state.runs.size > 0)
      void this.#state.record([{ type: "LeadershipTaken", ...this.#leader }]);
    this.#watch();
  }

  /** @throws ShardwrightError `run-key-conflict`, `queue-full`, `draining`, `bad-request` for a policy or strategy that is not there */
  async submit(submission: Submission, trace_parent?: TraceParent): Promise<SubmitResponse> {
    const key = JSON.stringify([submission.project, submission.run_key]);
    const before = () => this.#submitting.get(key) ?? this.#leavingBy(submission);
    for (let pending = before(); pending !== undefined; pending = before()) await pending;
    this.#refuseWhenDraining();
    refuseUnknownParts(this.#state, submission.options);
    const { response, facts } = submitRun(this.#state, submission, () => this.#newId("r"), trace_parent);
    const durable = this.#state.record(facts);
    const settled = durable.then(
      () => this.#submitting.delete(key),
      () => this.#submitting.delete(key),
    );
    this.#submitting.set(key, settled);
    this.#state.wake();
    const admission = this.admission(response.run);
    await durable;
    return admission === undefined ? response : { ...response, admission };
  }

  /** How a run waits for its first slot; undefined for one that is over. */
  admission(id: RunId): Admission | undefined {
    const run = this.#state.runs.get(id);
    return run === undefined ? undefined : admissionOf(this.#state, run);
  }

  /** The slots that a run that goes on holds, and the slot time it has lately used. */
  usage(id: RunId): { readonly slots: number; readonly used_ms: number } | undefined {
    const use = this.#state.runs.get(id)?.use;
    return use === undefined ? undefined : { slots: use.slots, used_ms: use.used_ms(this.#state.clock.monotonic_ms()) };
  }

  /** @throws ShardwrightError `not-found` */
  publication(run: RunId, request: PublicationRequest): Promise<PublicationAnswer> {
    return this.#ended.publication(run, request);
  }

  /** @throws ShardwrightError `not-found` */
  judgement(run: RunId, request: JudgementRequest): Promise<JudgementAnswer> {
    return this.#ended.judgement(run, request);
  }

  /**
   * Opens a run once more that nobody submits again.
   * @param opened_position as it was last opened: somebody else may have opened it since
   * @returns how many of its tasks run again @throws ShardwrightError `not-found`, `run-goes-on`, `not-reopenable`, `queue-full`, `draining`
   */
  async reopen(run: RunId, opened_position: number): Promise<number> {
    this.#refuseWhenDraining();
    for (let before = this.#state.leaving.get(run); before !== undefined; before = this.#state.leaving.get(run)) await before;
    const { facts, response } = reopenAsItWas(this.#state, run, opened_position);
    await this.#decide(facts);
    return response.pending;
  }

  /** The spans of a run that is over were sent: no later leader sends them again. */
  async traced(run: RunId): Promise<void> {
    if (!this.#state.runs.has(run)) await this.#state.record([{ type: "RunTraced", run }]);
  }

  async cancel(run: RunId, reason: string): Promise<void> {
    await this.#decide(cancelRun(this.#state, run, reason));
  }

  /** Forgets runs that are over. @returns those it forgot: one that was opened again meanwhile stays */
  async purge(candidates: readonly RunId[]): Promise<RunId[]> {
    const runs = candidates.filter((run) => !this.#state.runs.has(run));
    if (runs.length > 0) await this.#decide([{ type: "RunsPurged", runs }]);
    return runs;
  }

  /** @throws ShardwrightError `worker-name-taken`, `queue-full`, `draining` */
  async register(request: RegisterRequest): Promise<RegisterResponse> {
    this.#refuseWhenDraining();
    const { id, facts } = registerWorker(this.#state, request, () => this.#newId("w"));
    await this.#decide(facts);
    // What it plans by: a lease may stand for longer.
    const { leaseTtl_ms: lease_ttl_ms, heartbeat_ms } = this.#untuned;
    return { worker: id, lease_ttl_ms, heartbeat_ms };
  }

  /**
   * Waits for work for at most `wait_ms`. Aborting takes the request off the queue; leases that were dealt to it by then go back.
   * @throws ShardwrightError `worker-unknown`, `draining`
   */
  async lease(id: WorkerId, request: LeaseRequest, signal: AbortSignal): Promise<LeaseResponse> {
    this.#refuseWhenDraining();
    const state = this.#state;
    const worker = workerOf(state, id);
    worker.only = request.run;
    if (request.closes === true) for (const run of state.runs.values()) if (run.formerSessions.delete(id)) run.sessions.add(id);
    const answered = Promise.withResolvers<void>();
    let timer: Timer | undefined;
    const poll: Poll = {
      worker,
      slots: request.slots,
      warm: new Set(request.warm),
      run: request.run,
      closes: request.closes === true,
      resumes: new Set(request.resumes),
      leases: [],
      durable: [],
      isBetterIdle: false,
      answer: () => {
        timer?.cancel();
        state.polls.delete(poll);
        worker.polls.delete(poll);
        answered.resolve();
      },
    };
    const oldest = worker.polls.size >= state.options.pollsPerWorker_limit ? [...worker.polls][0] : undefined;
    oldest?.answer();
    if (isDraining(worker)) return { leases: [], drain: true };
    state.polls.add(poll);
    worker.polls.add(poll);
    timer = state.clock.after(request.wait_ms, poll.answer);
    signal.addEventListener("abort", poll.answer, { once: true });
    if (signal.aborted) poll.answer();
    else state.wake();
    if (request.wait_ms === 0) poll.answer();
    await answered.promise;
    signal.removeEventListener("abort", poll.answer);
    await Promise.all(poll.durable);
    const fences = poll.leases.map(({ fence }) => fence);
    if (signal.aborted) this.undelivered(fences);
    return { leases: signal.aborted ? [] : poll.leases, drain: isDraining(worker) };
  }

  /** The answer that carried these leases did not reach the worker: they are dealt again at once. */
  undelivered(fences: readonly number[]): void {
    const facts: FactBody[] = [];
    for (const fence of fences) {
      const lease = this.#state.leases.get(fence);
      if (lease !== undefined) loseLease(this.#state, lease, "the answer that carried it did not arrive", facts);
    }
    if (facts.length > 0) void this.#decide(facts).catch(() => {});
  }

  /** @throws ShardwrightError `worker-unknown` for one that never was */
  async results(id: WorkerId, request: ResultsRequest): Promise<ResultsResponse> {
    const state = this.#state;
    // A worker given up for lost may still deliver what nobody else has taken over.
    if (state.workers.has(id)) workerOf(state, id);
    else if (state.queries.workers.byId(id) === undefined) throw new ShardwrightError("worker-unknown", { worker: id });
    const { facts, response } = acceptEvents(state, request);
    await this.#decide(facts);
    return response;
  }

  /** @throws ShardwrightError `worker-unknown` */
  async heartbeat(id: WorkerId, request: HeartbeatRequest): Promise<HeartbeatResponse> {
    const { response, facts } = heartbeat(this.#state, id, request);
    await this.#decide(facts);
    return response;
  }

  /** A worker has ended what it set up for a run's tests. @throws ShardwrightError `worker-unknown` */
  async closed(id: WorkerId, request: ClosedRequest): Promise<void> {
    await this.#decide(sessionsClosed(this.#state, workerOf(this.#state, id), request));
  }

  /** Holds a worker's signal stream. @returns what to call when it ends. @throws ShardwrightError `worker-unknown` */
  signals(id: WorkerId, sink: SignalSink): () => void {
    return openSignals(this.#state, id, sink);
  }

  /** @throws ShardwrightError `worker-unknown` */
  async leave(id: WorkerId): Promise<void> {
    await this.#decide(leave(this.#state, id));
  }

  /** The files of a run that goes on, by task. */
  filesOf(id: RunId): readonly string[] | undefined {
    return this.#state.runs.get(id)?.tasks.map(({ spec }) => spec.file);
  }

  /** Says something of a run that goes on. @returns whether it does */
  note(id: RunId, code: Parameters<typeof noticeOnce>[1], message: string): boolean {
    const run = this.#state.runs.get(id);
    if (run === undefined) return false;
    const facts: FactBody[] = [];
    noticeOnce(run, code, message, facts);
    if (facts.length > 0) void this.#state.record(facts);
    return true;
  }

  /** Deals nothing more and answers who waits; running tests go on, and their results are still taken. */
  drain(): void {
    this.#state.draining = true;
    for (const poll of this.#state.polls) poll.answer();
  }

  close(): void {
    this.drain();
    this.#sweeper?.cancel();
    this.#state.lookAgain?.cancel();
    for (const { deadline, noWorkersTimer, unsatisfiableTimer, closing } of this.#state.runs.values())
      for (const timer of [deadline, noWorkersTimer, unsatisfiableTimer, closing?.timer]) timer?.cancel();
    for (const worker of this.#state.workers.values()) worker.suspicion?.cancel();
  }

  get counters(): Readonly<Counters> {
    return this.#state.counters;
  }

  /** @throws ShardwrightError `bad-request`, `update-incomplete` */
  async tune(request: TuningRequest): Promise<void> {
    const durable = this.tuner.tune(request);
    this.#state.wake();
    await durable;
  }

  /** Gives a worker nothing more; it leaves when it has ended what it runs. @throws ShardwrightError `worker-gone` */
  async drainWorker(id: WorkerId): Promise<void> {
    await this.#decide(drainWorker(this.#state, id));
  }

  /** Gives a worker nothing for so long that others can run; then it has to prove itself. @throws ShardwrightError `worker-gone` */
  async quarantineWorker(id: WorkerId, for_ms: number, reason: string): Promise<void> {
    await this.#decide(quarantineWorker(this.#state, id, for_ms, reason));
  }

  /** Forgets what there is against a worker. @throws ShardwrightError `worker-gone` */
  async releaseWorker(id: WorkerId): Promise<void> {
    await this.#decide(releaseWorker(this.#state, id));
  }

  /** How a worker is, if it is there. */
  health(
    id: WorkerId,
  ): (Required<Pick<WorkerInfo, "standing" | "health" | "slots_used">> & Pick<WorkerInfo, "forecasts" | "browsers">) | undefined {
    const worker = this.#state.workers.get(id);
    if (worker === undefined) return undefined;
    const now_ms = this.#state.clock.now_ms();
    const forecasts = worker.forecasts.map((forecast) => ({
      kind: forecast.kind,
      advice: forecastSentence(forecast, now_ms),
      ...(forecast.gone !== undefined && { earliest_ms: forecast.gone.earliest_ms, latest_ms: forecast.gone.latest_ms }),
    }));
    const { standing, browsers } = worker;
    const known = {
      standing,
      health: health(this.#state, worker),
      slots_used: worker.leases.size,
      ...(browsers && { browsers }),
    };
    return forecasts.length === 0 ? known : { ...known, forecasts };
  }

  /** What the browsers of workers do now, for metrics. */
  get browserUse(): BrowserUse {
    return this.#state.browserPools.use([...this.#state.workers.values()].map(({ browsers }) => browsers));
  }

  /** What became of them since this coordinator leads. */
  get browserCounts(): BrowserPools["counts"] {
    return this.#state.browserPools.counts;
  }

  /** Of how many workers something is foretold, for metrics. */
  get forecastCounts(): ReturnType<typeof forecastCounts> {
    return forecastCounts(this.#state);
  }

  /** Circuit breakers by scope and phase, for metrics. */
  get breakerCounts(): ReturnType<typeof breakerCounts> {
    return breakerCounts(this.#state);
  }

  /** How much there is of what, for metrics. */
  gauges() {
    const { runs, workers, leases, polls } = this.#state;
    let open = 0;
    let pending = 0;
    for (const run of runs.values()) {
      open += run.open;
      for (const { status } of run.tasks) if (status === "pending") pending += 1;
    }
    return { runs: runs.size, tasks: open, pending, workers: workers.size, leases: leases.size, polls: polls.size };
  }

  /** How many slots each project uses, as quotas count them. */
  slotsInUse(): ReadonlyMap<string, number> {
    return slotsInUse(this.#state);
  }

  /** What waits for a group of machines, and how many more of them would pay. */
  demand(query: DemandQuery): DemandAnswer {
    return demandOf(this.#state, query);
  }

  /** The same by the tags that tests need, for metrics. */
  demandByNeeds(terms: Parameters<typeof demandByNeeds>[1]): NeedsDemand[] {
    return demandByNeeds(this.#state, terms);
  }

  get slotCounts(): ReturnType<typeof slotCounts> {
    return slotCounts(this.#state);
  }

  async #decide(facts: readonly FactBody[]): Promise<void> {
    const durable = this.#state.record(facts);
    this.tuner.settle();
    this.#state.wake();
    await durable;
  }

  #noteLeaving(run: RunId, durable: Promise<unknown>): void {
    const { leaving } = this.#state;
    const forget = () => {
      if (leaving.get(run) === settled) leaving.delete(run);
    };
    const settled: Promise<void> = durable.then(forget, forget);
    leaving.set(run, settled);
  }

  #leavingBy({ project, run_key }: Submission): Promise<void> | undefined {
    const { leaving, queries } = this.#state;
    return leaving.size === 0 ? undefined : leaving.get(queries.runs.byKey(project, run_key)?.id ?? "");
  }

  #watch(): void {
    this.#sweeper = this.#state.clock.after(Math.max(50, this.#state.options.leaseTtl_ms / 10), () => {
      sweep(this.#state);
      void this.#ended.judgeUnjoined();
      this.tuner.settle();
      this.#state.wake();
      this.#watch();
    });
  }

  #refuseWhenDraining(): void {
    if (this.#state.draining) throw new ShardwrightError("draining");
  }
}

/** Asked anew after each wait: meanwhile a heartbeat may have changed it. */
function isDraining(worker: WorkerState): boolean {
  return worker.status === "draining";
}
