import { normalTail } from "./distributions.ts";

export interface MannKendall {
  /** Pairs that rise less pairs that fall. */
  readonly s: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Whether values rise or fall with time (H. B. Mann, "Nonparametric Tests Against Trend", Econometrica 13, 1945; M. G. Kendall, "Rank
 * Correlation Methods", 1948), the variance corrected for equal values. Values that are like the one before make chance trends likelier:
 * the variance is multiplied by `inflation` (S. Yue and C. Wang, Water Resources Management 18, 2004). The work grows with n².
 */
export function mannKendall(values: ArrayLike<number>, inflation = 1): MannKendall {
  const n = values.length;
  let s = 0;
  for (let later = 1; later < n; later += 1)
    for (let earlier = 0; earlier < later; earlier += 1) s += Math.sign((values[later] ?? 0) - (values[earlier] ?? 0));
  const groups = new Map<number, number>();
  for (let index = 0; index < n; index += 1) groups.set(values[index] ?? 0, (groups.get(values[index] ?? 0) ?? 0) + 1);
  let variance = n * (n - 1) * (2 * n + 5);
  for (const t of groups.values()) variance -= t * (t - 1) * (2 * t + 5);
  if (variance <= 0) return { s, p: 1 };
  const z = Math.max(0, Math.abs(s) - 1) / Math.sqrt((variance / 18) * inflation);
  return { s, p: Math.min(1, 2 * normalTail(z)) };
}
