import { measuringClass } from "@shardwright/core";
import type { Queries } from "../../database/queries.ts";

/** The one that measured it, and a second one. */
const machinesLimit = 2;

/** Workers of a class of hardware that are there: first the one that measured last. */
export function machinesFor({ workers }: Pick<Queries, "workers">, hardware_class: string, last: string | null): string[] {
  const names = workers
    .present()
    .filter(
      ({ status, run, capabilities }) => status === "live" && run === null && measuringClass(capabilities) === hardware_class,
    )
    .map(({ name }) => name);
  const sorted = [...new Set(names)].toSorted(
    (one, other) => Number(other === last) - Number(one === last) || (one < other ? -1 : 1),
  );
  return sorted.slice(0, machinesLimit);
}
