import {
  type DemandAnswer,
  type DemandQuery,
  type PresentSlot,
  type Requirements,
  demandFor,
  median,
  missingFor,
} from "@shardwright/core";
import { expected_ms, firstLeft_ms } from "./pool.ts";
import type { RunState } from "./run-state.ts";
import { quotaLeft } from "./sharing.ts";
import type { SchedulerState, WorkerState } from "./state.ts";

/** Workers that one answer names as those that may go. */
const removableLimit = 1000;
/** What tells kinds of tests apart in metrics; the rarest are counted together beyond it. */
export const needsLimit = 32;

/** Which tests are counted for which machines. */
interface Group {
  counts(requirements: Requirements): boolean;
  has(worker: WorkerState): boolean;
}

type Terms = Pick<DemandQuery, "start_up_s" | "least_saving_s" | "idle_after_s" | "slots_per_worker">;

/** What waits for a group of machines, and how many more of them would pay. */
export function demandOf(state: SchedulerState, query: DemandQuery): DemandAnswer {
  const labels = query.labels ?? [];
  const members = fleet(state).filter((worker) => missingFor(machineOf(query), worker.capabilities).length === 0);
  const group: Group = {
    counts(requirements) {
      const tags = requirements.tags ?? [];
      if (!(query.needing ?? []).every((tag) => tags.includes(tag))) return false;
      if (members.length > 0) return members.some(({ capabilities }) => missingFor(requirements, capabilities).length === 0);
      return tags.every((tag) => labels.includes(tag)) && mayMeet(query, requirements);
    },
    has: (worker) => members.includes(worker),
  };
  return assess(state, group, query);
}

/** One kind of tests, by the tags they need, as metrics tell of it. */
export interface NeedsDemand extends Pick<DemandAnswer, "waiting_tasks" | "oldest_wait_s" | "wanted_slots"> {
  /** Tags, sorted, with commas; empty for tests that need none, `other` for all kinds beyond the limit. */
  readonly needs: string;
}

/** What waits by the tags it needs, most first. Tests of different kinds may wait for the same slots: the wanted ones do not add up. */
export function demandByNeeds(state: SchedulerState, terms: Terms): NeedsDemand[] {
  const waiting = new Map<string, number>();
  for (const run of fleetRuns(state))
    for (const { status, group } of run.tasks) {
      if (status !== "pending") continue;
      const needs = needsOf(run.groups[group]?.requirements ?? {});
      waiting.set(needs, (waiting.get(needs) ?? 0) + 1);
    }
  const kinds = [...waiting].sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1)).map(([needs]) => needs);
  const shown = new Set(kinds.length > needsLimit ? kinds.slice(0, needsLimit - 1) : kinds);
  const all = [...shown, ...(kinds.length > shown.size ? [undefined] : [])];
  return all.map((needs) => {
    const tags = needs === undefined || needs === "" ? [] : needs.split(",");
    const counts = (requirements: Requirements) => {
      const own = needsOf(requirements);
      return needs === undefined ? !shown.has(own) : own === needs;
    };
    const has = ({ capabilities }: WorkerState) => tags.every((tag) => capabilities.tags.includes(tag));
    const { waiting_tasks, oldest_wait_s, wanted_slots } = assess(state, { counts, has }, terms);
    return { needs: needs ?? "other", waiting_tasks, oldest_wait_s, wanted_slots };
  });
}

/** How many slots of live workers run something, and how many do not. */
export function slotCounts(state: SchedulerState): { busy: number; idle: number } {
  let busy = 0;
  let all = 0;
  for (const worker of state.workers.values()) {
    if (worker.status !== "live") continue;
    all += worker.slots;
    busy += Math.min(worker.slots, worker.leases.size);
  }
  return { busy, idle: all - busy };
}

function assess(state: SchedulerState, group: Group, terms: Terms): DemandAnswer {
  const members = fleet(state).filter((worker) => group.has(worker));
  const hardware_class = commonest(members.map((worker) => worker.hardware_class)) ?? "";
  const runs = fleetRuns(state).map((run) => ({ run, tasks: waitingOf(run, group) }));
  const slots = members.flatMap((worker) => slotsOf(state, worker));
  const demand = demandFor({
    runs: runs.map(({ run, tasks }) => {
      const left = quotaLeft(state, run.project);
      return {
        waiting_ms: tasks.map((task) => run.estimate(task, hardware_class).expected_ms),
        ...(left !== undefined && { quota: { project: run.project, left } }),
      };
    }),
    slots,
    startUp_ms: terms.start_up_s * 1000,
    leastSaving_ms: terms.least_saving_s * 1000,
    pace: median(members.map(({ pace }) => pace)) ?? 1,
  });
  const { waiting_tasks, allowed_tasks, wanted_slots, ends_ms, endsWithWanted_ms } = demand;
  const perWorker = terms.slots_per_worker ?? commonest(members.map((worker) => worker.slots)) ?? 1;
  const wanted_workers = Math.ceil(wanted_slots / perWorker);
  const busy_slots = members.reduce((sum, worker) => sum + Math.min(worker.slots, worker.leases.size), 0);
  const idle_slots = slots.length - busy_slots;
  const removable =
    wanted_slots > 0 ? [] : removableOf(state, members, Math.max(0, idle_slots - allowed_tasks), terms.idle_after_s);
  return {
    waiting_tasks,
    waiting_s: demand.waiting_ms / 1000,
    oldest_wait_s: Math.max(0, ...runs.map(({ run, tasks }) => longestWait_ms(state, run, tasks) / 1000)),
    workers: members.length,
    slots: slots.length,
    busy_slots,
    idle_slots,
    ...(ends_ms === undefined ? {} : { ends_in_s: ends_ms / 1000 }),
    ...(endsWithWanted_ms === undefined ? {} : { ends_in_with_wanted_s: endsWithWanted_ms / 1000 }),
    wanted_slots,
    wanted_workers,
    target_workers: members.length - removable.length + wanted_workers,
    removable: removable.slice(0, removableLimit),
  };
}

/** Live workers that take whatever run there is. */
function fleet(state: SchedulerState): WorkerState[] {
  return [...state.workers.values()].filter(
    ({ status, run, only }) => status === "live" && run === undefined && only === undefined,
  );
}

/** Runs that a fleet's workers may take work of: the jobs of a pipeline bring their own checkouts. */
function fleetRuns(state: SchedulerState): RunState[] {
  return [...state.runs.values()].filter(({ workspace }) => workspace.kind !== "checkout");
}

/** What the query says of the group's machines, as something a member must have. */
function machineOf({ labels = [], os, arch, cpu, memory_mib }: DemandQuery): Requirements {
  return {
    tags: labels,
    ...(os === undefined ? {} : { os }),
    ...(arch === undefined ? {} : { arch }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory_mib === undefined ? {} : { memory_mib }),
  };
}

/** Whether a machine of which only so much was said could meet a requirement; what was not said is taken to be met. */
function mayMeet(query: DemandQuery, { os, arch, cpu, memory_mib }: Requirements): boolean {
  const isEqual = (wanted: unknown, said: unknown) => wanted === undefined || said === undefined || wanted === said;
  const isEnough = (wanted = 0, said = Number.POSITIVE_INFINITY) => wanted <= said;
  return isEqual(os, query.os) && isEqual(arch, query.arch) && isEnough(cpu, query.cpu) && isEnough(memory_mib, query.memory_mib);
}

function waitingOf(run: RunState, group: Group): number[] {
  const counts = run.groups.map(({ requirements }) => group.counts(requirements));
  if (!counts.includes(true)) return [];
  return run.tasks.flatMap((task, index) => (task.status === "pending" && counts[task.group] === true ? [index] : []));
}

/** When each of a worker's slots should be free. */
function slotsOf(state: SchedulerState, worker: WorkerState): PresentSlot[] {
  const frees = Array.from({ length: worker.slots }, () => 0);
  for (const lease of worker.leases.values()) {
    let left_ms = firstLeft_ms(state, lease);
    for (const task of [...lease.tasks].slice(1)) left_ms += expected_ms(lease.run, task, worker);
    const next = frees.indexOf(Math.min(...frees));
    frees[next] = (frees[next] ?? 0) + left_ms;
  }
  return frees.map((free_ms) => ({ free_ms, pace: worker.pace }));
}

/** Workers without work that had none for so long, longest first, as long as no more than so many slots go with them. */
function removableOf(
  state: SchedulerState,
  members: readonly WorkerState[],
  spareSlots: number,
  idleAfter_s: number,
): DemandAnswer["removable"] {
  const idle = members
    .filter(({ leases }) => leases.size === 0)
    .map((worker) => ({ worker, idle_s: idleFor_ms(state, worker) / 1000 }))
    .filter(({ idle_s }) => idle_s >= idleAfter_s)
    .sort((a, b) => b.idle_s - a.idle_s);
  let spare = spareSlots;
  return idle.flatMap(({ worker: { id, name, slots }, idle_s }) => {
    if (slots > spare) return [];
    spare -= slots;
    return [{ id, name, idle_s }];
  });
}

function idleFor_ms(state: SchedulerState, worker: WorkerState): number {
  const { clock, queries } = state;
  if (Number.isFinite(worker.freed_ms)) return clock.monotonic_ms() - worker.freed_ms;
  // It has had no work since it, or this coordinator, started.
  const registered_at_ms = queries.workers.byId(worker.id)?.registered_at_ms;
  return registered_at_ms === undefined ? 0 : Math.max(0, clock.now_ms() - registered_at_ms);
}

/** How long the one of these tasks waits that waits longest: since its run was opened, or its last attempt ended. */
function longestWait_ms({ clock, queries }: SchedulerState, run: RunState, tasks: readonly number[]): number {
  const opened_at_ms = tasks.length === 0 ? undefined : queries.runs.byId(run.id)?.opened_at_ms;
  if (opened_at_ms === undefined) return 0;
  let since_ms = Number.POSITIVE_INFINITY;
  for (const index of tasks) {
    const attempts = run.task(index)?.attempts ?? 0;
    const ended_at_ms = attempts === 0 ? undefined : queries.tasks.attempt(run.id, index, attempts)?.ended_at_ms;
    since_ms = Math.min(since_ms, Math.max(opened_at_ms, ended_at_ms ?? opened_at_ms));
    if (since_ms === opened_at_ms) break;
  }
  return Math.max(0, clock.now_ms() - since_ms);
}

function needsOf({ tags = [] }: Requirements): string {
  return [...new Set(tags)].sort().join(",");
}

/** Of equals, the first. */
function commonest<T>(values: readonly T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
