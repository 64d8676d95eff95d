import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { HoldBook } from "../src/holds.ts";

let book: HoldBook;
const hour_ms = 3_600_000;

beforeEach(() => {
  book = new HoldBook();
  book.restock("mug", 10);
});

test("what is held is off the shelf, and back after a release", () => {
  const id = book.hold("mug", 4, hour_ms) ?? 0;
  expect([book.available("mug"), book.held("mug")]).toEqual([6, 4]);
  expect(book.release(id)).toBe(true);
  expect([book.available("mug"), book.held("mug")]).toEqual([10, 0]);
});

test("what is sold does not come back", () => {
  const id = book.hold("mug", 4, hour_ms) ?? 0;
  expect(book.confirm(id)).toBe(true);
  expect(book.confirm(id)).toBe(false);
  expect(book.release(id)).toBe(false);
  expect(book.available("mug")).toBe(6);
});

test("nobody holds more than there is", () => {
  expect(book.hold("mug", 11, hour_ms)).toBeUndefined();
  expect(book.hold("cup", 1, hour_ms)).toBeUndefined();
  expect(book.available("mug")).toBe(10);
});

test("a hold ends by itself, and can then not be sold", async () => {
  const id = book.hold("mug", 10, 150) ?? 0;
  while (book.held("mug") > 0) await sleep(20);
  expect(book.available("mug")).toBe(10);
  expect(book.confirm(id)).toBe(false);
});
