import { expect, test } from "vitest";
import { formatCsv, parseCsv } from "../src/csv.ts";
import { between, pick, seeded } from "../src/random.ts";

test.each([
  [
    "a,b\nc,d\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "a,b\r\nc,d",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  ['"a ""b""","c\nd"\n', [['a "b"', "c\nd"]]],
  [",\n", [["", ""]]],
  ["a,", [["a", ""]]],
  ["", []],
])("reads %j", (text, rows) => {
  expect(parseCsv(text)).toEqual(rows);
});

test.each([
  ['a\n"b', "line 2: the quote never ends"],
  ['a"b', "line 1: a quote inside a bare field"],
  ['"a"b', "line 1: text after a quoted field"],
])("refuses %j", (text, message) => {
  expect(() => parseCsv(text)).toThrow(message);
});

test("what formatCsv writes, parseCsv reads: 5,000 random tables", () => {
  const random = seeded(44);
  const field = (): string => Array.from({ length: between(random, 0, 6) }, () => pick(random, [...'ab,"\n\r 日'])).join("");
  for (let round = 0; round < 5_000; round += 1) {
    const columns = between(random, 2, 5);
    const rows = Array.from({ length: between(random, 0, 6) }, () => Array.from({ length: columns }, field));
    if (JSON.stringify(parseCsv(formatCsv(rows))) !== JSON.stringify(rows)) expect.fail(JSON.stringify(rows));
  }
});
