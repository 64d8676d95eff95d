import { splitByDuration } from "@shardwright/core";
import type { Dealer, Policy } from "../policy.ts";
import { expectedAnywhere_ms } from "./common.ts";

/** As most frameworks shard: each worker an equal number of files, in their order. */
export const splitByCount: Policy = {
  name: "static split by count",
  begin(pool) {
    const size = Math.ceil(pool.tasks.length / pool.workers.length);
    return dealShares(pool.workers.map((_, worker) => [...pool.tasks.keys()].slice(worker * size, (worker + 1) * size)));
  },
};

/** As splitters by timings shard: an equal share of the expected time for each worker, as if all were alike. */
export const splitByHistory: Policy = {
  name: "static split by history",
  begin(pool) {
    const expected_ms = expectedAnywhere_ms(pool);
    const items = pool.tasks.map((_, task) => ({ key: String(task), expected_ms: expected_ms[task] ?? 0 }));
    return dealShares(splitByDuration(items, pool.workers.length).map((share) => share.map(Number)));
  },
};

/**
 * A worker runs its share and is done. What a lost one left over is taken by whoever is done: kinder than life, where its job starts from
 * the beginning.
 */
function dealShares(shares: readonly number[][]): Dealer {
  const begun = new Set<number>();
  const leftOver: number[] = [];
  return {
    next({ worker }) {
      const share = shares[worker] ?? [];
      if (!begun.has(worker) && share.length > 0) {
        begun.add(worker);
        return share;
      }
      const next = leftOver.shift();
      return next === undefined ? undefined : [next];
    },
    returned: (tasks) => void leftOver.push(...tasks),
    lost: (worker) => {
      if (!begun.has(worker)) leftOver.push(...(shares[worker] ?? []));
      begun.add(worker);
    },
  };
}
