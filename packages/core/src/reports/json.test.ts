import { expect, test } from "vitest";
import { readReport, reportJsonSchema, writeJson } from "./json.ts";
import { sampleReport } from "./sample.test-data.ts";

test("a report survives being written and read", () => {
  const report = sampleReport();
  const value: unknown = JSON.parse(writeJson(report));
  expect(value).toHaveProperty("$schema", reportJsonSchema()["$id"]);
  expect(readReport(value)).toEqual(JSON.parse(JSON.stringify(report)));
});

test.each([
  ["a field of the wrong type", { tasks: [{ key: 1 }] }, /tasks\[0\]\.key: /],
  ["a newer version", { version: 99 }, /version: 99 was written by a newer Shardwright/],
  ["no version", { version: undefined }, /version: a whole number was expected/],
])("%s is refused by name", (_, change, message) => {
  const value: unknown = { ...sampleReport({ files: 1 }), ...change };
  expect(() => readReport(value, "shard-2.json")).toThrow(
    expect.objectContaining({ code: "report-unreadable", message: expect.stringMatching(message) as string }),
  );
  expect(() => readReport(value, "shard-2.json")).toThrow(/^shard-2\.json cannot be read as a Shardwright report/);
});

test("what is no object is refused", () => {
  for (const value of [null, 3, "text", []]) expect(() => readReport(value)).toThrow(/an object was expected/);
});
