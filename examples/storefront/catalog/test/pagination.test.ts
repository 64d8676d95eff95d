import { expect, test } from "vitest";
import { pageOf, type Row } from "../src/pagination.ts";
import { between, seeded } from "../src/random.ts";

const random = seeded(99);
const rows: Row[] = Array.from({ length: 1_500 }, (_, index) => ({ id: `p${index}`, price: between(random, 1, 200) }));

function walk(limit: number, each: (page: number) => readonly Row[]): string[] {
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let number = 0; number === 0 || cursor !== undefined; number += 1) {
    const page = pageOf(each(number), limit, cursor);
    seen.push(...page.rows.map((row) => row.id));
    cursor = page.next;
  }
  return seen;
}

test.each([7, 50, 750, 1_500, 9_999])("pages of %i show every product once", (limit) => {
  const seen = walk(limit, () => rows);
  expect(seen).toHaveLength(rows.length);
  expect(new Set(seen).size).toBe(rows.length);
});

test("products added while a customer reads shift no page", () => {
  const seen = walk(40, (page) => [...rows, ...Array.from({ length: page }, (_, index) => ({ id: `new${index}`, price: 1 }))]);
  expect(seen.filter((id) => !id.startsWith("new"))).toHaveLength(rows.length);
  expect(new Set(seen).size).toBe(seen.length);
});

test.each(["", "x", "W10", "bnVsbA"])("cursor %j is refused", (cursor) => {
  expect(() => pageOf(rows, 10, cursor)).toThrow("not one of ours");
});
