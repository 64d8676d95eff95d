import { splitCasesLimit } from "../model/task.ts";
import { median } from "./estimate.ts";

/** A case of a heavy file, in running order. */
export interface SplittableCase {
  readonly path: readonly string[];
  /** What it took before; undefined where that is not known. */
  readonly duration_ms: number | undefined;
  /** Cases with the same one stay together. */
  readonly affinity?: string | undefined;
}

export interface FilePart {
  readonly cases: (readonly string[])[];
  /** Its cases, and what the file costs by itself: loading it, and its hooks. */
  readonly expected_ms: number;
}

export interface FileToSplit {
  readonly expected_ms: number;
  readonly cases: readonly SplittableCase[];
  /** Expected durations of all other tasks. */
  readonly others_ms: readonly number[];
  /** How many tasks run at the same time. */
  readonly slots: number;
}

/** A file is worth a look when it is expected to take more than this share of what each slot has to do. */
const heavyShare = 0.5;
/** Below this a file is not worth listing its cases: that takes about as long as a framework needs to start. */
const worthListing_ms = 2000;
/** So much shorter the run must get, in milliseconds and as a share, for a file to be split. */
const leastGain_ms = 250;
const leastGain = 0.02;
/** A slot's share is cut into so many pieces at most: each pays again what the file costs by itself. */
const partsPerSlot = 3;
const partsLimit = 256;
/** How many files of one run are split at most. */
export const splitFilesLimit = 64;

/**
 * Files that would set the makespan, the heaviest first.
 * @param expected_ms of each file by its own history; undefined for those without one, which are never split
 * @returns places in the list
 */
export function heavyFiles(expected_ms: readonly (number | undefined)[], slots: number): number[] {
  const known = expected_ms.filter((value) => value !== undefined);
  if (slots < 2 || known.length === 0) return [];
  const unknown_ms = (median(known) ?? 0) * (expected_ms.length - known.length);
  const share_ms = (known.reduce((sum, value) => sum + value, 0) + unknown_ms) / slots;
  return expected_ms
    .map((value, index) => ({ value: value ?? 0, index }))
    .filter(({ value }) => value >= worthListing_ms && value > heavyShare * share_ms)
    .toSorted((a, b) => b.value - a.value)
    .slice(0, splitFilesLimit)
    .map(({ index }) => index);
}

/**
 * Splits a file into the number of parts with which the run should end first, by dealing all tasks longest first (Graham 1969) for each
 * number that comes into question. Cases keep their order within a part; those of one path, or of one affinity group, stay together. The last
 * part is the one with the most cases, since it goes by the names of all others.
 * @returns undefined when no split would pay
 */
export function splitFile({ expected_ms, cases, others_ms, slots }: FileToSplit): FilePart[] | undefined {
  if (cases.length > splitCasesLimit) return undefined;
  const units = unitsOf(cases, expected_ms);
  const cases_ms = units.reduce((sum, { duration_ms }) => sum + duration_ms, 0);
  const own_ms = Math.max(0, expected_ms - cases_ms);
  const others = others_ms.toSorted((a, b) => b - a);
  const whole_ms = makespan(others, [expected_ms], slots);
  let best: { parts: FilePart[]; makespan_ms: number } | undefined;
  for (const count of countsFor(Math.min(units.length, slots * partsPerSlot, partsLimit))) {
    const parts = deal(units, count, own_ms);
    const makespan_ms = makespan(
      others,
      parts.map((part) => part.expected_ms),
      slots,
    );
    // More parts must be worth their cost.
    if (best === undefined || makespan_ms < best.makespan_ms - Math.max(1, own_ms / 2)) best = { parts, makespan_ms };
  }
  if (best === undefined || whole_ms - best.makespan_ms < Math.max(leastGain_ms, leastGain * whole_ms)) return undefined;
  const last = best.parts.reduce((most, part) => (part.cases.length > most.cases.length ? part : most));
  return [...best.parts.filter((part) => part !== last), last];
}

interface Unit {
  readonly cases: (readonly string[])[];
  readonly place: number;
  duration_ms: number;
}

/** What cannot be parted: all cases of one path or one affinity group. A case without a history is taken for a middling one. */
function unitsOf(cases: readonly SplittableCase[], expected_ms: number): Unit[] {
  const known = cases.map(({ duration_ms }) => duration_ms).filter((value) => value !== undefined);
  const usual_ms = median(known) ?? (0.9 * expected_ms) / Math.max(1, cases.length);
  const units = new Map<string, Unit>();
  const unitOf = new Map<string, Unit>();
  cases.forEach(({ path, duration_ms, affinity }, place) => {
    const name = JSON.stringify(path);
    const key = affinity === undefined ? name : `group ${affinity}`;
    const known = unitOf.get(name);
    const unit = known ?? units.get(key) ?? { cases: [], place, duration_ms: 0 };
    unit.duration_ms += duration_ms ?? usual_ms;
    if (known !== undefined) return;
    units.set(key, unit);
    unitOf.set(name, unit);
    unit.cases.push(path);
  });
  return [...units.values()];
}

function* countsFor(most: number): Generator<number> {
  for (let count = 2; count <= most; count += Math.max(1, Math.floor(count / 4))) yield count;
}

function deal(units: readonly Unit[], count: number, own_ms: number): FilePart[] {
  const parts = Array.from({ length: count }, () => ({ units: [] as Unit[], cases_ms: 0 }));
  for (const unit of units.toSorted((a, b) => b.duration_ms - a.duration_ms || a.place - b.place)) {
    const least = parts.reduce((a, b) => (b.cases_ms < a.cases_ms ? b : a));
    least.units.push(unit);
    least.cases_ms += unit.duration_ms;
  }
  return parts.map((part) => ({
    cases: part.units.toSorted((a, b) => a.place - b.place).flatMap(({ cases }) => cases),
    expected_ms: Math.max(1, part.cases_ms + own_ms),
  }));
}

/** When the last of all tasks ends that are dealt longest first. @param others sorted, longest first */
function makespan(others: readonly number[], parts: readonly number[], slots: number): number {
  const loads = new Float64Array(slots);
  const sorted = parts.toSorted((a, b) => b - a);
  let part = 0;
  const give = (duration_ms: number) => {
    let least = 0;
    for (let slot = 1; slot < slots; slot += 1) if ((loads[slot] ?? 0) < (loads[least] ?? 0)) least = slot;
    loads[least] = (loads[least] ?? 0) + duration_ms;
  };
  for (const duration_ms of others) {
    while ((sorted[part] ?? -1) >= duration_ms) {
      give(sorted[part] ?? 0);
      part += 1;
    }
    give(duration_ms);
  }
  for (; part < sorted.length; part += 1) give(sorted[part] ?? 0);
  return loads.reduce((most, load) => Math.max(most, load), 0);
}
