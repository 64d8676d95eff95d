import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type MetricFormat, readMeasurements } from "./formats.ts";

/** Written by the tools themselves: Vitest 3.2.4, hyperfine 1.15.0, Go 1.19.8, pytest-benchmark 5.2.3, Google Benchmark 1.7.1. */
const sample = (name: string) => readFileSync(new URL(`samples/${name}`, import.meta.url), "utf8");
const shown = (format: MetricFormat, text: string) =>
  readMeasurements(format, text).map(
    ({ file, case: name, metric }) =>
      `${file}|${name}|${metric.name} ${metric.unit} ${metric.better} ${metric.replicates?.length ?? 1} ${JSON.stringify(metric.dimensions ?? {})}`,
  );

test("hyperfine", () => {
  expect(shown("hyperfine", sample("hyperfine.json"))).toEqual(["|true|time s lower 5 {}", "|sleep 0.01|time s lower 5 {}"]);
  expect(readMeasurements("hyperfine", sample("hyperfine.json"))[1]?.metric.value).toBe(0.013953027000000002);
});

test("go test -bench", () => {
  const processors = '{"processors":"2"}';
  expect(shown("go", sample("go-bench.txt"))).toEqual([
    `example.com/shop|BenchmarkAdd|time ns lower 3 ${processors}`,
    `example.com/shop|BenchmarkAdd|items/op items/op lower 3 ${processors}`,
    `example.com/shop|BenchmarkAdd|allocated bytes lower 3 ${processors}`,
    `example.com/shop|BenchmarkAdd|allocations  lower 3 ${processors}`,
    `example.com/shop|BenchmarkTotals/size=10|time ns lower 3 ${processors}`,
  ]);
  expect(readMeasurements("go", sample("go-bench.txt"))[0]?.metric.value).toBe(1.953);
});

test("pytest-benchmark", () => {
  expect(shown("pytest-benchmark", sample("pytest-benchmark.json"))).toEqual([
    "test_bench.py|test_sum|time s lower 5 {}",
    "test_bench.py|test_list[1]|time s lower 5 {}",
    "test_bench.py|test_list[2]|time s lower 5 {}",
  ]);
});

test("Google Benchmark", () => {
  expect(shown("google-benchmark", sample("google-benchmark.json")).slice(0, 4)).toEqual([
    "|BM_Copy/8/iterations:1000|time ns lower 3 {}",
    "|BM_Copy/8/iterations:1000|cpu-time ns lower 3 {}",
    "|BM_Copy/8/iterations:1000|throughput bytes/s higher 3 {}",
    "|BM_Copy/64/iterations:1000|time ns lower 3 {}",
  ]);
});

test("vitest bench", () => {
  const read = readMeasurements("vitest", sample("vitest.json"));
  expect(read.map(({ file, case: name, metric }) => [file, name, metric.unit])).toEqual([
    ["/work/sort.bench.js", "sort > native", "ms"],
    ["/work/sort.bench.js", "sort > reverse", "ms"],
  ]);
  expect(read.every(({ metric }) => metric.value > 0)).toBe(true);
});

test("Bencher Metric Format", () => {
  const text = '{"sort":{"latency":{"value":88.5,"lower_value":87,"upper_value":90},"throughput":{"value":9}}}';
  expect(shown("bencher", text)).toEqual(["|sort|latency ns lower 1 {}", "|sort|throughput 1/s higher 1 {}"]);
});

test.each([
  ["hyperfine", '{"results":[{"command":"x","mean":"fast"}]}', /results\.0\.mean/],
  ["bencher", '{"sort":{"latency":{"value":NaN}}}', /JSON/],
  ["go", "PASS", /no line of a benchmark/],
] as const)("what is no %s file says why", (format, text, problem) => {
  expect(() => readMeasurements(format, text)).toThrow(problem);
});
