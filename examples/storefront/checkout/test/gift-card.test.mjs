import assert from "node:assert/strict";
import test from "node:test";
import { GiftCards } from "../src/gift-card.mjs";
import { between, seeded } from "../src/random.mjs";

test("a card is spent once, in parts", async () => {
  const cards = new GiftCards();
  await cards.issue("ABCD-1234", 5000);
  assert.equal(await cards.spend("abcd 1234", 3000), 3000);
  assert.equal(await cards.spend("ABCD1234", 3000), 2000);
  assert.equal(await cards.spend("ABCD-1234", 1), 0);
});

test("an unknown card is worth nothing", async () => assert.equal(await new GiftCards().spend("WXYZ-9999", 100), 0));

test("customers who spend at the same time never get more than was on the card", async () => {
  const random = seeded(33);
  const cards = new GiftCards();
  await cards.issue("GIFT", 5000);
  const taken = await Promise.all(Array.from({ length: 200 }, () => cards.spend("GIFT", between(random, 1, 200))));
  assert.equal(
    taken.reduce((sum, minor) => sum + minor, 0),
    5000,
  );
});
