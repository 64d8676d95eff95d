import { randomUUID } from "node:crypto";
import type { BrowserPoolFigures, PooledBrowsers } from "@shardwright/core";
import type { InstanceStatus, PoolStatus } from "./lease.ts";

/** A heartbeat tells of so many kinds at most. */
const kindsLimit = 32;

interface Told {
  status(): PoolStatus;
}

/** What the pools of this process do and have done: one at a time, each gone when no session may ask it any more. */
export class PoolWatch {
  readonly #id = randomUUID();
  #pool: Told | undefined;
  #before: Pick<PoolStatus, "started" | "leased" | "retired"> | undefined;

  /** From now on it is this one. */
  begin(pool: Told): void {
    this.#pool = pool;
  }

  /** It is closed: only what it has done counts from here on. */
  end(pool: Told): void {
    if (this.#pool !== pool) return;
    this.#before = this.#sum(pool.status());
    this.#pool = undefined;
  }

  /** Undefined as long as there was none. */
  figures(): BrowserPoolFigures | undefined {
    const status = this.#pool?.status();
    if (status === undefined && this.#before === undefined) return undefined;
    const { started, leased, retired } = this.#sum(status);
    const kinds = Map.groupBy(status?.instances ?? [], ({ kind }) => kind);
    const browsers = [...kinds].slice(0, kindsLimit).map(([kind, instances]) => figuresOf(kind, instances));
    return { id: this.#id, browsers, waiting: status?.waiting ?? 0, started, leased, retired };
  }

  #sum(status: PoolStatus | undefined): Pick<PoolStatus, "started" | "leased" | "retired"> {
    const retired: Record<string, number> = { ...this.#before?.retired };
    for (const [reason, count] of Object.entries(status?.retired ?? {})) retired[reason] = (retired[reason] ?? 0) + count;
    const { started = 0, leased = 0 } = this.#before ?? {};
    return { started: started + (status?.started ?? 0), leased: leased + (status?.leased ?? 0), retired };
  }
}

function figuresOf(kind: string, instances: readonly InstanceStatus[]): PooledBrowsers {
  const inState = (state: InstanceStatus["state"]) => instances.filter((one) => one.state === state).length;
  const sum = (read: (one: InstanceStatus) => number) => instances.reduce((total, one) => total + read(one), 0);
  const isTold = instances.some(({ memory_bytes }) => memory_bytes !== undefined);
  return {
    kind,
    starting: inState("starting"),
    ready: inState("ready"),
    retiring: inState("retiring"),
    leases: sum(({ leases }) => leases),
    gpu_leases: sum(({ gpu_leases }) => gpu_leases),
    ...(isTold && { memory_bytes: sum(({ memory_bytes = 0 }) => memory_bytes) }),
  };
}

/** The one of this process. */
export const poolWatch = new PoolWatch();
