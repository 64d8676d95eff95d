import {
  type BreakerList,
  ShardwrightError,
  type WorkerDetail,
  type WorkerId,
  type WorkerInfo,
  asOf,
  hardwareClass,
} from "@shardwright/core";
import type { Clock } from "../clock.ts";
import type { Queries } from "../database/queries.ts";
import type { WorkerRow } from "../database/queries/workers.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";

type BreakerRow = ReturnType<Queries["breakers"]["all"]>[number];

interface WorkerParts {
  readonly queries: Queries;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
}

/** One worker, and a page of what it has run. @throws ShardwrightError `not-found`, `bad-request` for a cursor that no answer gave */
export function workerDetail(
  { queries, scheduler, clock }: WorkerParts,
  id: WorkerId,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): WorkerDetail {
  const row = queries.workers.byId(id);
  if (row === undefined) throw new ShardwrightError("not-found", { what: `worker ${id}` });
  const hardware_class = hardwareClass(row.capabilities);
  const now_ms = clock.now_ms();
  const isItsGuard = ({ scope, name }: BreakerRow) =>
    (scope === "worker" && name === row.name) || (scope === "class" && name === hardware_class);
  return {
    worker: workerInfo(row, scheduler),
    hardware_class,
    breakers: queries.breakers
      .all()
      .filter(isItsGuard)
      .map((breaker) => breakerInfo(breaker, now_ms)),
    now: queries.workers.now(id),
    incidents: queries.incidents.ofWorker(id, row.name, hardware_class).map(({ at_ms, incident }) => ({ at_ms, ...incident })),
    ...queries.workers.history(id, before, limit),
  };
}

export function workerInfo(row: WorkerRow, scheduler: Scheduler): WorkerInfo {
  const { id, name, slots, capabilities, version, status, reason, run, registered_at_ms, gone_at_ms } = row;
  return {
    id,
    name,
    slots,
    capabilities,
    version,
    status,
    ...(reason !== null && { reason }),
    ...(run !== null && { run }),
    registered_at_ms,
    ...(gone_at_ms !== null && { gone_at_ms }),
    ...scheduler.health(id),
  };
}

export function breakerInfo({ scope, name, breaker, at_ms }: BreakerRow, now_ms: number): BreakerList["breakers"][number] {
  const { phase, evidence, opens, since_ms } = asOf(breaker, now_ms);
  return { scope, name, phase, evidence: [...evidence], opens, since_ms, at_ms };
}
