import { between } from "./random.ts";

export interface Policy {
  /** Order when stock and what is on its way fall to this. */
  readonly reorder_at: number;
  readonly order_quantity: number;
  readonly lead_days: number;
}

export interface Year {
  readonly sold: number;
  readonly lost: number;
  readonly received: number;
  readonly final_stock: number;
  readonly final_on_order: number;
  readonly ordered: number;
  readonly lowest_stock: number;
}

/** Runs one product through 365 days of random demand (0 to `busiest` pieces a day, more at weekends). */
export function simulateYear(policy: Policy, start: number, busiest: number, random: () => number): Year {
  let stock = start;
  let sold = 0;
  let lost = 0;
  let received = 0;
  let ordered = 0;
  let lowest_stock = start;
  const arrivals = new Map<number, number>();
  for (let day = 0; day < 365; day += 1) {
    const arrived = arrivals.get(day) ?? 0;
    arrivals.delete(day);
    stock += arrived;
    received += arrived;
    const wanted = between(random, 0, busiest) * (day % 7 >= 5 ? 2 : 1);
    const taken = Math.min(stock, wanted);
    stock -= taken;
    sold += taken;
    lost += wanted - taken;
    lowest_stock = Math.min(lowest_stock, stock);
    if (stock + ordered - received <= policy.reorder_at) {
      const due = day + policy.lead_days;
      arrivals.set(due, (arrivals.get(due) ?? 0) + policy.order_quantity);
      ordered += policy.order_quantity;
    }
  }
  return { sold, lost, received, final_stock: stock, final_on_order: ordered - received, ordered, lowest_stock };
}
