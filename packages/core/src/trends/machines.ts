import { method } from "./method.ts";
import { median, medianDeviation } from "./order-statistics.ts";

/** A standard error of a median, in those of a mean. */
const medianError = Math.sqrt(Math.PI / 2);
const rounds = 3;

/**
 * By how much each machine measures more than the one with the most points, where that is sure. Only points that follow each other are
 * compared, so that no change of the level counts for a machine's: the offsets are the medians of their differences, in turns as in a median
 * polish (J. W. Tukey, "Exploratory Data Analysis", 1977).
 * @param deviation of a single value around its level
 */
export function machineOffsets(
  values: Float64Array,
  machines: readonly (string | undefined)[],
  deviation: number,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const machine of machines) if (machine !== undefined) counts.set(machine, (counts.get(machine) ?? 0) + 1);
  const names = [...counts.keys()].toSorted(
    (one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0) || (one < other ? -1 : 1),
  );
  const offsets = new Map<string, number>();
  if (names.length < 2 || deviation === 0) return offsets;
  for (let round = 0; round < rounds; round += 1)
    for (const name of names.slice(1)) {
      const differences = differencesOf(name, values, machines, offsets);
      if (differences.length < method.machinePairs) continue;
      const offset = median(differences);
      const error = (medianError * Math.max(medianDeviation(differences, offset), deviation / 2)) / Math.sqrt(differences.length);
      const sure =
        Math.abs(offset) > method.machineSureness * error && Math.abs(offset) > method.machineLeastDeviations * deviation;
      if (sure) offsets.set(name, offset);
      else offsets.delete(name);
    }
  return offsets;
}

function differencesOf(
  name: string,
  values: Float64Array,
  machines: readonly (string | undefined)[],
  offsets: ReadonlyMap<string, number>,
): number[] {
  const differences: number[] = [];
  machines.forEach((machine, index) => {
    if (machine !== name) return;
    for (const beside of [index - 1, index + 1]) {
      const other = machines[beside];
      if (other === undefined || other === name) continue;
      differences.push((values[index] ?? 0) - (values[beside] ?? 0) + (offsets.get(other) ?? 0));
    }
  });
  return differences;
}

/**
 * Whether the points at the two sides of a place were measured by machines of which none is on both. Machines that hardly measure twice, as
 * those of a cloud, say nothing.
 */
export function isOtherMachines(
  machines: readonly (string | undefined)[],
  { from, index, until }: { readonly from: number; readonly index: number; readonly until: number },
): boolean {
  const before = machines.slice(Math.max(from, index - method.sideLimit), index);
  const after = machines.slice(index, Math.min(until, index + method.sideLimit));
  if ([...before, ...after].includes(undefined)) return false;
  const [old, fresh] = [new Set(before), new Set(after)];
  return 2 * old.size <= before.length && 2 * fresh.size <= after.length && !after.some((machine) => old.has(machine));
}
