import { expect, test } from "vitest";
import { skuOf, variantsOf } from "../src/variants.ts";

test("every combination, the last option varying fastest", () => {
  expect(variantsOf({ colour: ["red", "blue"], size: ["S", "L"] })).toEqual([
    { colour: "red", size: "S" },
    { colour: "red", size: "L" },
    { colour: "blue", size: "S" },
    { colour: "blue", size: "L" },
  ]);
});

test("a product without options has one variant", () => expect(variantsOf({})).toEqual([{}]));
test("an option without values leaves none", () => expect(variantsOf({ size: [] })).toEqual([]));
test("the SKU spells the variant", () => {
  expect(skuOf("SHIRT", { colour: "Light blue", size: "x-large" })).toBe("SHIRT-LIGHTBLUE-XLARGE");
});

test("6 options of 6 values: 46,656 variants with as many SKUs", () => {
  const values = [..."ABCDEF"];
  const options = Object.fromEntries(values.map((name) => [name, values]));
  expect(new Set(variantsOf(options).map((variant) => skuOf("P", variant))).size).toBe(6 ** 6);
});
