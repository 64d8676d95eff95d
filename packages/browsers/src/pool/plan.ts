import type { PoolLimits } from "./limits.ts";

/** A browser as the plan sees it. */
export interface PlannedInstance {
  readonly id: string;
  /** Which browser it is of: its program. */
  readonly browser: string;
  /** `retiring` ones get nothing new, and count as long as they are there. */
  readonly state: "starting" | "ready" | "retiring";
  readonly leases: number;
  readonly gpuLeases: number;
  /** When it was last used, or began to start. */
  readonly used_ms: number;
  /** As measured, or as is usual. */
  readonly memory_bytes: number;
}

/** A request that waits. */
export interface PlannedRequest {
  readonly id: number;
  readonly browser: string;
  readonly gpu: boolean;
  readonly waited_ms: number;
  /** What a browser of its kind needs. */
  readonly memory_bytes: number;
}

export type PlanStep =
  /** The request gets a lease of this browser. */
  | { readonly type: "grant"; readonly request: number; readonly instance: string }
  | { readonly type: "start"; readonly browser: string }
  /** It makes room for another kind: it gets nothing new, and ends when it is idle, which it may be already. */
  | { readonly type: "evict"; readonly instance: string };

interface Place {
  readonly id: string;
  readonly isReady: boolean;
  leases: number;
  gpuLeases: number;
}

/**
 * Decides, for all who wait in the order in which they came, what is done now. Each gets a place in a browser of its kind that runs; or, in
 * thought, one in a browser that is starting; else one is started, while number and memory allow; else an idle one of another kind makes
 * room, and, once the request has waited for the patience, a busy one as well. A place that an earlier request counts on is no later one's.
 * @param requests oldest first
 */
export function planPool(
  instances: readonly PlannedInstance[],
  requests: readonly PlannedRequest[],
  limits: Pick<PoolLimits, "browsers" | "leases" | "gpuLeases" | "memory_bytes" | "patience_ms">,
): PlanStep[] {
  const steps: PlanStep[] = [];
  const places = new Map<string, Place[]>();
  const placesOf = (browser: string) => places.get(browser) ?? places.set(browser, []).get(browser) ?? [];
  for (const { id, browser, state, leases, gpuLeases } of instances)
    if (state !== "retiring") placesOf(browser).push({ id, isReady: state === "ready", leases, gpuLeases });
  let count = instances.length;
  let memory_bytes = instances.reduce((sum, instance) => sum + instance.memory_bytes, 0);
  // Each that is on its way out makes room for one.
  let leaving = instances.filter(({ state }) => state === "retiring").length;
  const evicted = new Set<string>();
  for (const request of requests) {
    const { browser, gpu } = request;
    const place = placesOf(browser)
      .filter(({ leases, gpuLeases }) => leases < limits.leases && (!gpu || gpuLeases < limits.gpuLeases))
      .toSorted((a, b) => Number(b.isReady) - Number(a.isReady) || a.leases - b.leases)[0];
    if (place !== undefined) {
      place.leases += 1;
      if (gpu) place.gpuLeases += 1;
      if (place.isReady) steps.push({ type: "grant", request: request.id, instance: place.id });
      continue;
    }
    const fits = count < limits.browsers && (count === 0 || memory_bytes + request.memory_bytes <= limits.memory_bytes);
    if (fits) {
      steps.push({ type: "start", browser });
      placesOf(browser).push({ id: "", isReady: false, leases: 1, gpuLeases: gpu ? 1 : 0 });
      count += 1;
      memory_bytes += request.memory_bytes;
      continue;
    }
    // One that ends soon leaves room, for the first that needs it.
    if (leaving > 0) {
      leaving -= 1;
      placesOf(browser).push({ id: "", isReady: false, leases: 1, gpuLeases: gpu ? 1 : 0 });
      continue;
    }
    const victim = toEvict(instances, evicted, places, request, limits.patience_ms);
    if (victim === undefined) continue;
    evicted.add(victim.id);
    places.set(
      victim.browser,
      placesOf(victim.browser).filter(({ id }) => id !== victim.id),
    );
    steps.push({ type: "evict", instance: victim.id });
    placesOf(browser).push({ id: "", isReady: false, leases: 1, gpuLeases: gpu ? 1 : 0 });
  }
  return steps;
}

/**
 * The one of another kind whose loss costs least: one that is idle and was used longest ago; then, of the kind with most, the least busy.
 * For one more of a kind that there is already, only an idle one, and not at once: to start a browser takes longer than most that waits.
 */
function toEvict(
  instances: readonly PlannedInstance[],
  evicted: ReadonlySet<string>,
  places: ReadonlyMap<string, readonly Place[]>,
  { browser, waited_ms }: PlannedRequest,
  patience_ms: number,
): PlannedInstance | undefined {
  const leasesOf = (instance: PlannedInstance) =>
    places.get(instance.browser)?.find(({ id }) => id === instance.id)?.leases ?? instance.leases;
  const others = instances.filter((one) => one.browser !== browser && one.state === "ready" && !evicted.has(one.id));
  const hasOwn = (places.get(browser)?.length ?? 0) > 0;
  const isPatient = waited_ms < patience_ms;
  if (hasOwn && isPatient) return undefined;
  const idle = others.filter((one) => leasesOf(one) === 0).toSorted((a, b) => a.used_ms - b.used_ms)[0];
  if (idle !== undefined || isPatient || hasOwn) return idle;
  const countOf = (kind: string) => places.get(kind)?.length ?? 0;
  return others.toSorted((a, b) => countOf(b.browser) - countOf(a.browser) || leasesOf(a) - leasesOf(b))[0];
}
