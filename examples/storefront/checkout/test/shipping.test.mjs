import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { between, seeded } from "../src/random.mjs";
import { pack, parcelPrice } from "../src/shipping.mjs";

describe("the price of a parcel", () => {
  for (const [grams, price] of [
    [1, 290],
    [500, 290],
    [501, 490],
    [10_000, 990],
    [30_000, 1990],
  ]) {
    it(`is ${price} for ${grams} g`, () => assert.equal(parcelPrice(grams), price));
  }
  for (const grams of [0, -5, 30_001])
    it(`does not exist for ${grams} g`, () => assert.throws(() => parcelPrice(grams), RangeError));
});

describe("packing", () => {
  it("fills what is open first", () => assert.equal(pack([20_000, 10_000, 15_000, 15_000]).length, 2));
  it("refuses a piece that fits nowhere", () => assert.throws(() => pack([31_000]), RangeError));
  it("depends on drones", { skip: "no licence to fly yet" }, () => assert.fail());

  it("loses nothing, overloads nothing and wastes little: 3,000 orders", () => {
    const random = seeded(4);
    for (let round = 0; round < 3_000; round += 1) {
      const weights = Array.from({ length: between(random, 1, 80) }, () => between(random, 50, 30_000));
      const parcels = pack(weights);
      const sum = weights.reduce((total, grams) => total + grams, 0);
      assert.equal(
        parcels.reduce((total, parcel) => total + parcel.grams, 0),
        sum,
      );
      assert.equal(parcels.flatMap((parcel) => parcel.pieces).length, weights.length);
      assert.ok(parcels.every((parcel) => parcel.grams <= 30_000));
      // First fit never leaves two parcels half empty.
      assert.ok(parcels.length < 2 * (sum / 30_000) + 1);
    }
  });
});
