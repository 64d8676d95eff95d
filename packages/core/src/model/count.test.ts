import { expect, test } from "vitest";
import { formatCount } from "./count.ts";

test("counts are written as the language itself writes them", () => {
  for (const value of [
    0, -0, 7, 12, 999, 1000, 1204, 65_536, 999_999, 1_000_000, 1_234_567_890, -5, -999, -1000, -123_456, 1234.5, 1e21,
  ])
    expect(formatCount(value), String(value)).toBe((value === 0 ? 0 : value).toLocaleString("en-US"));
  expect(formatCount(Number.MAX_SAFE_INTEGER)).toBe("9,007,199,254,740,991");
});
