import { logLinesQuerySchema } from "@shardwright/core";
import { expect, test } from "vitest";
import { findLines } from "./find-lines.ts";

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield new Uint8Array(bytes.subarray(from, from + size));
}
const find = (text: string, query: object, size = 7) => findLines(chunksOf(text, size), logLinesQuerySchema.parse(query));

const log = "one\ntwo is here\r\n\nthrée is here\nfour";

test("finds lines by what stands in them, wherever they are cut, and tells where each begins", async () => {
  for (let size = 1; size < 40; size += 1) {
    expect(await find(log, { text: "is here" }, size)).toEqual({
      lines: [
        { line: 2, at: 4, text: "two is here" },
        { line: 4, at: 18, text: "thrée is here" },
      ],
    });
    expect(await find(log, { line: 5, limit: 1 }, size)).toEqual({ lines: [{ line: 5, at: 33, text: "four" }] });
  }
  expect(await find(log, { text: "IS HERE" })).toEqual({ lines: [] });
  expect(await find(log, { line: 6, limit: 1 })).toEqual({ lines: [] });
  expect(await find("", { text: "x" })).toEqual({ lines: [] });
});

test("gives no more than was asked for, and where the rest begins", async () => {
  const many = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? "hit" : "no")).join("\n");
  const first = await find(many, { text: "hit", limit: 3 });
  expect(first.lines.map(({ line }) => line)).toEqual([1, 3, 5]);
  expect(first.next).toBe(7);
  expect((await find(many, { text: "hit", limit: 3, line: first.next })).lines.map(({ line }) => line)).toEqual([7, 9, 11]);
});

test("holds neither a log nor a line of it, and shows of a long line what was looked for", async () => {
  const long = `${"x".repeat(300_000)}needle${"y".repeat(300_000)}\nnext needle`;
  const found = await find(long, { text: "needle" }, 64 * 1024);
  expect(found.lines.map(({ line }) => line)).toEqual([1, 2]);
  expect(found.lines[0]?.text).toContain("xneedley");
  expect(found.lines[0]?.text.length).toBeLessThanOrEqual(500);
  expect(found.lines[1]?.text).toBe("next needle");
  // Wherever the parts of a long line are cut, what lies across is found.
  for (let place = 131_060; place < 131_080; place += 1)
    expect((await find(`${"x".repeat(place)}needle${"y".repeat(9000)}`, { text: "needle" }, 64 * 1024)).lines).toHaveLength(1);
});
