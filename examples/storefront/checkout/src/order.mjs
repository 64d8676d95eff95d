const steps = {
  draft: { pay: "paid", cancel: "cancelled" },
  paid: { ship: "shipped", refund: "refunded" },
  shipped: { deliver: "delivered", lose: "paid" },
  delivered: { refund: "refunded" },
  cancelled: {},
  refunded: {},
};

export const states = Object.keys(steps);
export const actions = [...new Set(Object.values(steps).flatMap(Object.keys))];

export function allowed(state) {
  return Object.keys(steps[state]);
}

/** The state an action leads to. @throws Error that names what would be allowed. */
export function advance(state, action) {
  const next = steps[state][action];
  if (next === undefined)
    throw new Error(`cannot ${action} an order that is ${state}; allowed: ${allowed(state).join(", ") || "nothing"}`);
  return next;
}
