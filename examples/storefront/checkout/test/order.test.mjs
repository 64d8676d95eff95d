import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actions, advance, allowed, states } from "../src/order.mjs";
import { between, seeded } from "../src/random.mjs";

describe("an order", () => {
  it("goes its usual way", () => {
    assert.equal(["pay", "ship", "deliver"].reduce(advance, "draft"), "delivered");
  });

  it("is shipped again when a parcel is lost", () => {
    assert.equal(["pay", "ship", "lose", "ship"].reduce(advance, "draft"), "shipped");
  });

  it("says what would be allowed", () => {
    assert.throws(() => advance("paid", "cancel"), /cannot cancel an order that is paid; allowed: ship, refund/);
    assert.throws(() => advance("refunded", "pay"), /allowed: nothing/);
  });

  for (const state of states) {
    it(`that is ${state} takes only its own actions`, () => {
      for (const action of actions) {
        if (allowed(state).includes(action)) assert.ok(states.includes(advance(state, action)));
        else assert.throws(() => advance(state, action));
      }
    });
  }
});

it("never ships before it is paid: 40,000 random lives", () => {
  const random = seeded(12);
  for (let life = 0; life < 40_000; life += 1) {
    const history = [];
    for (let state = "draft"; allowed(state).length > 0 && history.length < 30;) {
      const choices = allowed(state);
      const action = choices[between(random, 0, choices.length - 1)];
      if (action === "ship" && !history.includes("pay")) assert.fail(history.join());
      history.push(action);
      state = advance(state, action);
    }
  }
});
