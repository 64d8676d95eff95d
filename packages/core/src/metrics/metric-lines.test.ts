import { expect, test } from "vitest";
import { joinMetrics, namesCase, namesFile, readMetricLine } from "./metric-lines.ts";

test("a line is a metric, with what it leaves out filled in", () => {
  expect(readMetricLine('{"name":"latency","value":12.5,"unit":"ms","test":"adds"}')).toEqual({
    metric: { name: "latency", value: 12.5, unit: "ms", better: "lower" },
    test: "adds",
    file: undefined,
  });
  expect(readMetricLine('{"name":"hits","replicates":[3,1,2],"better":"higher"}')).toMatchObject({
    metric: { value: 2, unit: "", better: "higher", replicates: [3, 1, 2] },
  });
});

test.each([
  ['{"name":"latency","value":NaN}', "holds what is no finite number"],
  ['{"name":"latency"', "is not JSON"],
  ['{"name":"latency","unit":"ms"}', "does not fit: give a value, or replicates"],
  ['{"name":"latency","value":-1,"unit":"ms"}', "gives a time that is negative"],
  ['{"name":"latency","value":1e999}', /does not fit: value/],
  ['{"name":"latency","value":"12"}', /does not fit: value/],
  ['{"nome":"latency","value":12}', /does not fit/],
])("%s is no metric", (text, problem) => {
  const read = readMetricLine(text);
  expect(typeof read).toBe("string");
  expect(read).toMatch(problem);
});

test("what a test says several times is its replicates", () => {
  const one = (value: number, size?: string) =>
    ({ name: "latency", value, unit: "ms", better: "lower", ...(size !== undefined && { dimensions: { size } }) }) as const;
  expect(joinMetrics([one(3), one(9), one(5), one(1, "big")]).metrics).toEqual([
    { ...one(5), replicates: [3, 9, 5] },
    one(1, "big"),
  ]);
  const many = Array.from({ length: 130 }, (_, at) => ({ ...one(1), name: `m${at}` }));
  expect(joinMetrics(many)).toMatchObject({ dropped: 2 });
});

test("cases and files are known by what their frameworks call them", () => {
  const result = { path: ["TestCart", "test_adds[2]"], ordinal: 0 };
  for (const name of ["test_adds[2]", "TestCart::test_adds[2]", "TestCart > test_adds[2]", "TestCart test_adds[2]"])
    expect(namesCase(name, result)).toBe(true);
  expect(namesCase("adds", result)).toBe(false);
  expect(namesFile("/home/me/shop/tests/test_a.py", "tests/test_a.py")).toBe(true);
  expect(namesFile("test_a.py", "tests/test_a.py")).toBe(true);
  expect(namesFile("tests/b_test_a.py", "test_a.py")).toBe(false);
});
