import { method } from "./method.ts";

/** Where a change is, between two points of a sequence: the likeliest place, and all that are nearly as likely. */
export interface Location {
  readonly index: number;
  readonly first: number;
  readonly last: number;
}

/**
 * The places where a change from one level to another fits best: each is given the bounded loss of the values around it, and those within a
 * fixed loss of the best belong to the set, as in a likelihood-ratio confidence set (D. Siegmund, "Confidence Sets in Change-Point Problems",
 * International Statistical Review 56, 1988). How often the set holds the true place is measured by `npm run bench -- trends`.
 * @param from the first value of the stretch before; the change is after it and before `until`
 */
export function locate(
  values: ArrayLike<number>,
  { from, until, before, after, deviation }: { from: number; until: number; before: number; after: number; deviation: number },
): Location {
  const bound = method.bound ** 2;
  const loss = (value: number, level: number) => Math.min(bound, ((value - level) / deviation) ** 2);
  const losses: number[] = [];
  let least = Infinity;
  let index = from + 1;
  let sum = 0;
  for (let place = from + 1; place < until; place += 1) {
    const value = values[place - 1] ?? 0;
    sum += loss(value, before) - loss(value, after);
    losses.push(sum);
    if (sum >= least) continue;
    least = sum;
    index = place;
  }
  const near = losses.flatMap((each, offset) => (each <= least + method.locationLoss ? [from + 1 + offset] : []));
  return { index, first: near[0] ?? index, last: near.at(-1) ?? index };
}
