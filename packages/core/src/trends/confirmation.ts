import type { Interval } from "./analysis.ts";
import { hodgesLehmann } from "./hodges-lehmann.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { median } from "./order-statistics.ts";

/** A measurement made to find out whether a suspicion is right. Both sides on the same machines tell more than on different ones. */
export interface Remeasurement {
  readonly value: number;
  readonly machine?: string;
}

export interface Confirmation {
  readonly decision: "different" | "same" | "unknown";
  /** By how much the new side lies above the old, as a share of the old; undefined without measurements, or where the old side is at 0. */
  readonly relative?: Interval;
  readonly p: number;
  /** So many more measurements of each side are worth making before it is asked again; 0 when it is decided or the budget is spent. */
  readonly more: number;
}

/** How many measurements of each side there are when the sides are compared; after the last it stays unknown. */
export const confirmationLooks = [6, 12, 24] as const;
/** The chance to find a difference where there is none, over all looks together. */
const falseDifference = 0.01;
const sameLevel = 0.9;

/**
 * Whether two commits differ, from measurements made for that: after six of each, after twelve and after 24, so the cost is bounded. Different,
 * when the Mann-Whitney test says so at a level that is shared among the looks (Bonferroni); the same, when all of the 90 % interval of the
 * difference is smaller than what matters (two one-sided tests; D. J. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987);
 * else unknown, and measured on. The three answers are those of Chromium's Pinpoint.
 * @param minimumEffect what matters, as a share of the old side
 */
export function confirmDifference(
  before: readonly Remeasurement[],
  after: readonly Remeasurement[],
  { minimumEffect = 0.02 }: { readonly minimumEffect?: number } = {},
): Confirmation {
  const least = Math.min(before.length, after.length);
  const last = confirmationLooks[confirmationLooks.length - 1] ?? 0;
  const next = confirmationLooks.find((look) => look > least);
  const more = next === undefined ? 0 : next - least;
  if (least < confirmationLooks[0]) return { decision: "unknown", p: 1, more };
  const [old, fresh] = withoutMachines(before.slice(0, last), after.slice(0, last));
  const { p } = mannWhitney(old, fresh);
  const shift = hodgesLehmann(old, fresh, sameLevel);
  const level = Math.abs(median(old));
  const share = (value: number) => value / level;
  const relative =
    level === 0
      ? undefined
      : { estimate: share(shift.estimate), low: share(shift.low), high: share(shift.high), level: sameLevel };
  const said = relative === undefined ? {} : { relative };
  // A difference too small to matter is none, however sure it is.
  if (relative !== undefined && relative.low > -minimumEffect && relative.high < minimumEffect)
    return { decision: "same", p, more: 0, ...said };
  if (p <= falseDifference / confirmationLooks.length) return { decision: "different", p, more: 0, ...said };
  return { decision: "unknown", p, more, ...said };
}

/** Takes off what sets machines that measured both sides apart; the others' values stay as they are. */
function withoutMachines(before: readonly Remeasurement[], after: readonly Remeasurement[]): [number[], number[]] {
  const all = [...before, ...after];
  const middle = median(all.map(({ value }) => value));
  const offsets = new Map<string, number>();
  for (const machine of new Set(before.map((one) => one.machine))) {
    if (machine === undefined) continue;
    const valuesOf = (side: readonly Remeasurement[]) => side.flatMap((one) => (one.machine === machine ? [one.value] : []));
    const [old, fresh] = [valuesOf(before), valuesOf(after)];
    if (fresh.length > 0) offsets.set(machine, (median(old) + median(fresh)) / 2 - middle);
  }
  const adjusted = (side: readonly Remeasurement[]) =>
    side.map(({ value, machine }) => value - (offsets.get(machine ?? "") ?? 0));
  return [adjusted(before), adjusted(after)];
}
