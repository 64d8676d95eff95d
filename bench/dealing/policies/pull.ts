import type { Dealer, Policy } from "../policy.ts";
import { expectedAnywhere_ms } from "./common.ts";

/** A bare queue: whoever is idle takes the next file. */
export const pullInOrder: Policy = {
  name: "pull, file order",
  begin: (pool) => dealInOrder([...pool.tasks.keys()]),
};

/** A queue by history: whoever is idle takes the longest file that waits. */
export const pullLongestFirst: Policy = {
  name: "pull, longest first, one by one",
  begin(pool) {
    const expected_ms = expectedAnywhere_ms(pool);
    return dealInOrder([...pool.tasks.keys()].sort((a, b) => (expected_ms[b] ?? 0) - (expected_ms[a] ?? 0)));
  },
};

function dealInOrder(queue: number[]): Dealer {
  return {
    next() {
      const next = queue.shift();
      return next === undefined ? undefined : [next];
    },
    returned: (tasks) => void queue.unshift(...tasks),
  };
}
