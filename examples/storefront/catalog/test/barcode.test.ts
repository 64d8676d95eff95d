import { expect, test } from "vitest";
import { checkDigit, isBarcode } from "../src/barcode.ts";
import { between, seeded } from "../src/random.ts";

test.each(["4006381333931", "9780306406157", "0000000000000"])("%s is a barcode", (text) => {
  expect(isBarcode(text)).toBe(true);
});

test.each(["4006381333932", "400638133393", "40063813339311", "400638133393x", ""])("%j is none", (text) => {
  expect(isBarcode(text)).toBe(false);
});

test("one mistyped digit is always noticed: 3,000 barcodes, each digit, each mistake", () => {
  const random = seeded(13);
  for (let round = 0; round < 3_000; round += 1) {
    const twelve = String(between(random, 0, 999_999_999_999)).padStart(12, "0");
    const barcode = `${twelve}${checkDigit(twelve)}`;
    for (let place = 0; place < 13; place += 1) {
      const mistake = (Number(barcode[place]) + between(random, 1, 9)) % 10;
      if (isBarcode(`${barcode.slice(0, place)}${mistake}${barcode.slice(place + 1)}`)) expect.fail(`${barcode} at ${place}`);
    }
  }
});
