/**
 * The least rate of false discoveries at which each of the tests would be told, in the order of the `ps` (Y. Benjamini and Y. Hochberg,
 * "Controlling the False Discovery Rate", Journal of the Royal Statistical Society B 57, 1995). Telling all with q ≤ 0.05 means that one in
 * twenty of what is told is false, on average; the tests may be independent or positively dependent.
 * @param tests how many were made in all, where those that found nothing are not among the `ps`
 */
export function benjaminiHochberg(ps: readonly number[], tests = ps.length): number[] {
  const order = ps.map((_, index) => index).toSorted((one, other) => (ps[other] ?? 1) - (ps[one] ?? 1));
  const qs = Array.from<number>({ length: ps.length }).fill(1);
  let least = 1;
  order.forEach((index, above) => {
    least = Math.min(least, ((ps[index] ?? 1) * Math.max(tests, ps.length)) / (ps.length - above));
    qs[index] = least;
  });
  return qs;
}
