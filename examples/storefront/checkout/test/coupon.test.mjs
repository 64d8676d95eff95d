import assert from "node:assert/strict";
import test from "node:test";
import { issueCoupon, percentOf } from "../src/coupon.mjs";

const secret = "of the shop";

test("a coupon is worth what was issued, however it is typed", () => {
  const coupon = issueCoupon("SUMMER", 25, secret);
  assert.equal(percentOf(coupon, secret), 25);
  assert.equal(percentOf(` ${coupon.toLowerCase()} `, secret), 25);
});

for (const coupon of ["", "SUMMER-25", "SUMMER-25-000000", "SUMMER-250-ABCDEF", "--"]) {
  test(`"${coupon}" is worth nothing`, () => assert.equal(percentOf(coupon, secret), undefined));
}

test("a coupon of another shop is worth nothing", () => {
  assert.equal(percentOf(issueCoupon("SUMMER", 25, "another"), secret), undefined);
});

test("9,900 coupons cannot be made worth more", () => {
  for (let round = 0; round < 100; round += 1) {
    for (let percent = 1; percent <= 99; percent += 1) {
      const forged = issueCoupon("SALE", percent, secret).replace(/-\d+-/, `-${(percent % 99) + 1}-`);
      if (percentOf(forged, secret) !== undefined) assert.fail(forged);
    }
  }
});
