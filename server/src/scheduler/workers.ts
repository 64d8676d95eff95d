import {
  type FactBody,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type RegisterRequest,
  ShardwrightError,
  type WorkerId,
  hardwareClass,
  newSupply,
  withWorkerTag,
} from "@shardwright/core";
import { closingFor, sessionsGone } from "./closing.ts";
import { endIfDone, releaseLease } from "./endings.ts";
import { foresee } from "./forecasts.ts";
import { assess, rememberBeat } from "./health.ts";
import { loseTask } from "./recovering.ts";
import type { TaskState } from "./run-state.ts";
import { checkAllRequirements } from "./satisfiability.ts";
import { type LeaseState, type SchedulerState, type SignalSink, type WorkerState, later } from "./state.ts";

/** @throws ShardwrightError `worker-unknown`: it was given up, or never registered */
export function workerOf(state: SchedulerState, id: WorkerId): WorkerState {
  const worker = state.workers.get(id);
  if (worker === undefined) throw new ShardwrightError("worker-unknown", { worker: id });
  worker.seen_ms = state.clock.monotonic_ms();
  return worker;
}

/**
 * Takes a worker in. The same process that registers again (its answer was lost) keeps its id; another process with the name of one
 * that is under suspicion takes its place.
 * @throws ShardwrightError `worker-name-taken`, `queue-full`
 */
export function registerWorker(
  state: SchedulerState,
  request: RegisterRequest,
  newId: () => WorkerId,
): { id: WorkerId; facts: FactBody[] } {
  const facts: FactBody[] = [];
  state.tuner.meter.workerCame(request.instance);
  const namesake = [...state.workers.values()].find(({ name }) => name === request.name);
  let id = newId();
  if (namesake !== undefined && namesake.instance === request.instance) id = namesake.id;
  else if (namesake !== undefined) {
    if (namesake.suspicion === undefined && !isSilent(state, namesake))
      throw new ShardwrightError("worker-name-taken", { name: request.name });
    dismiss(state, namesake, "lost", "another process took its name", facts);
  }
  if (!state.workers.has(id) && state.workers.size >= state.options.workers_limit)
    throw new ShardwrightError("queue-full", { count: state.workers.size, what: "workers", wait: "" });
  const { name, instance, slots: ownSlots, version, run } = request;
  const capabilities = withWorkerTag(request.capabilities, name);
  const slots = state.tuner.slotsFor(ownSlots);
  const hardware_class = hardwareClass(capabilities);
  const seen_ms = state.clock.monotonic_ms();
  const known = state.workers.get(id);
  if (known !== undefined) Object.assign(known, { slots, ownSlots, capabilities, hardware_class, run, status: "live", seen_ms });
  else
    state.workers.set(id, {
      id,
      name,
      instance,
      slots,
      ownSlots,
      capabilities,
      hardware_class,
      run,
      status: "live",
      leases: new Map(),
      polls: new Set(),
      only: undefined,
      sinks: new Set(),
      ...newcomer(),
      seen_ms,
    });
  state.generation += 1;
  facts.push({
    type: "WorkerRegistered",
    worker: { id, name, instance, slots: ownSlots, capabilities: request.capabilities, version, run },
  });
  checkAllRequirements(state, facts);
  return { id, facts };
}

/** What is known of a worker that has just come: nothing against it. */
export function newcomer() {
  const never = Number.NEGATIVE_INFINITY;
  return {
    freed_ms: never,
    succeeded_ms: never,
    verdicts: [],
    intervals_ms: [],
    beat_ms: undefined,
    room: undefined,
    browsers: undefined,
    standing: "well",
    failing: new Map<string, { task: TaskState; at_ms: number }>(),
    supplies: { memory: newSupply, disk: newSupply },
    evidence: { errors: 0, speed: 0, usualPace: undefined },
    forecasts: [],
    goodInProbation: 0,
    ratios: [],
    pace: 1,
    suspicion: undefined,
  } satisfies Partial<WorkerState>;
}

/** Renews the leases that the worker names, and takes back those it should have and does not know of. */
export function heartbeat(
  state: SchedulerState,
  id: WorkerId,
  request: HeartbeatRequest,
): { response: HeartbeatResponse; facts: FactBody[] } {
  const worker = workerOf(state, id);
  const facts: FactBody[] = [];
  const now_ms = worker.seen_ms;
  rememberBeat(state, worker);
  worker.room = request.room ?? worker.room;
  worker.browsers = request.browsers ?? worker.browsers;
  if (request.browsers !== undefined) state.browserPools.note(request.browsers);
  state.tuner.meter.beat(worker);
  assess(state, worker, facts);
  foresee(state, worker, request.room, facts);
  worker.suspicion?.cancel();
  worker.suspicion = undefined;
  if (worker.sinks.size === 0) suspect(state, worker, "silent");
  const held = new Set(request.fences);
  for (const lease of worker.leases.values()) {
    if (held.has(lease.fence)) lease.renewed_ms = now_ms;
    // Dealt before the worker's last heartbeat and still not among its leases: the answer that carried it never arrived.
    else if (now_ms - lease.renewed_ms > state.options.heartbeat_ms)
      loseLease(state, lease, "its worker does not know of the lease", facts);
  }
  if (request.draining && worker.status === "live") {
    worker.status = "draining";
    state.generation += 1;
    facts.push({ type: "WorkerDraining", worker: id });
    checkAllRequirements(state, facts);
  }
  const stop = request.fences.filter((fence) => !worker.leases.has(fence));
  const close = closingFor(state, id).map((run) => run.id);
  return { response: { stop, drain: worker.status === "draining", ...(close.length > 0 && { close }) }, facts };
}

/** Holds a worker's signal stream. @returns what to call when the stream ends */
export function openSignals(state: SchedulerState, id: WorkerId, sink: SignalSink): () => void {
  const worker = workerOf(state, id);
  worker.suspicion?.cancel();
  worker.suspicion = undefined;
  worker.sinks.add(sink);
  return () => {
    if (!worker.sinks.delete(sink) || worker.sinks.size > 0) return;
    if (state.workers.has(id) && !state.draining) suspect(state, worker, "cut");
  };
}

/** Gives a worker some time for a sign of life, and then up: less where its connection was seen to break. */
export function suspect(state: SchedulerState, worker: WorkerState, cause: "silent" | "cut"): void {
  const { reconnectGrace_ms, leaseTtl_ms } = state.options;
  const grace_ms = cause === "cut" ? reconnectGrace_ms : leaseTtl_ms;
  worker.suspicion?.cancel();
  worker.suspicion = later(state, grace_ms, () => {
    worker.suspicion = undefined;
    if (!state.workers.has(worker.id)) return;
    const facts: FactBody[] = [];
    state.tuner.meter.workerLost(worker, cause);
    dismiss(state, worker, "lost", "its connection broke and it did not come back", facts);
    void state.record(facts);
  });
}

/** The worker said good-bye: what it still holds goes back at once. */
export function leave(state: SchedulerState, id: WorkerId): FactBody[] {
  const facts: FactBody[] = [];
  const worker = workerOf(state, id);
  dismiss(state, worker, "left", "it left", facts);
  return facts;
}

/** Finds workers and leases whose time is over. */
export function sweep(state: SchedulerState): void {
  const facts: FactBody[] = [];
  const before_ms = state.clock.monotonic_ms() - state.options.leaseTtl_ms;
  for (const worker of state.workers.values())
    if (worker.seen_ms < before_ms) {
      state.tuner.meter.workerLost(worker, "silent");
      dismiss(state, worker, "lost", "it sent no heartbeat", facts);
    } else assess(state, worker, facts);
  for (const lease of state.leases.values())
    if (lease.renewed_ms < before_ms) loseLease(state, lease, "its lease ran out", facts);
  if (facts.length > 0) void state.record(facts);
}

/** Takes a lease back, and tells the worker in case it can hear. */
export function loseLease(state: SchedulerState, lease: LeaseState, reason: string, facts: FactBody[]): void {
  for (const task of lease.tasks) loseTask(state, lease, task, reason, facts);
  for (const sink of lease.worker.sinks) sink({ type: "stop", fence: lease.fence, reason });
  endIfDone(state, lease.run, facts);
}

function dismiss(state: SchedulerState, worker: WorkerState, status: "lost" | "left", reason: string, facts: FactBody[]): void {
  state.workers.delete(worker.id);
  state.tuner.meter.workerGone(worker);
  state.generation += 1;
  worker.suspicion?.cancel();
  worker.suspicion = undefined;
  if (status === "lost") state.counters.workersLost += 1;
  for (const lease of worker.leases.values()) {
    if (status === "lost") loseLease(state, lease, reason, facts);
    else releaseLease(state, lease, facts);
  }
  for (const poll of worker.polls) poll.answer();
  sessionsGone(state, worker.id, facts);
  facts.push({ type: "WorkerGone", worker: worker.id, status, reason });
  checkAllRequirements(state, facts);
}

function isSilent(state: SchedulerState, worker: WorkerState): boolean {
  return worker.sinks.size === 0 && state.clock.monotonic_ms() - worker.seen_ms > 2 * state.options.heartbeat_ms;
}

/** Has each worker be handed as many tests at once as it is to have now. */
export function handSlots(state: SchedulerState): void {
  for (const worker of state.workers.values()) {
    const slots = state.tuner.slotsFor(worker.ownSlots);
    if (slots === worker.slots) continue;
    worker.slots = slots;
    state.generation += 1;
  }
}
