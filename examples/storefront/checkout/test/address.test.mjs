import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemsOf } from "../src/address.mjs";

const good = { name: "Ada", street: "Lange Straße 1", postcode: "10115", city: "Berlin", country: "DE" };

describe("an address", () => {
  it("is complete", () => assert.deepEqual(problemsOf(good), {}));
  it("reports all that is wrong at once", () => {
    assert.deepEqual(problemsOf({ ...good, name: " ", city: "x".repeat(81), postcode: "1011" }), {
      name: "is missing",
      city: "is longer than 80 characters",
      postcode: "is not one of DE",
    });
  });
  it("must lie where we ship to", () => assert.equal(problemsOf({ ...good, country: "AQ" }).country, "we do not ship to AQ"));
  it("is checked against the carrier's own list", { todo: true });
});

describe("a postcode", () => {
  for (const [country, postcode] of [
    ["NL", "1012 AB"],
    ["NL", "1012ab"],
    ["GB", "SW1A 1AA"],
    ["GB", "m1 1ae"],
    ["PT", "1000-001"],
  ]) {
    it(`${postcode} is one of ${country}`, () => assert.deepEqual(problemsOf({ ...good, country, postcode }), {}));
  }
  for (const [country, postcode] of [
    ["NL", "0012 AB"],
    ["GB", "SW1A"],
    ["PT", "1000001"],
    ["FR", "7500O"],
  ]) {
    it(`${postcode} is none of ${country}`, () => assert.ok(problemsOf({ ...good, country, postcode }).postcode));
  }
});
