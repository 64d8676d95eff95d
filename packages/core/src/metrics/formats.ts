import { z } from "zod";
import type { Metric } from "../model/metric.ts";
import { joinMetrics } from "./metric-lines.ts";
import { ascending, medianOf } from "./replicates.ts";

/** A measurement as another tool wrote it down. */
export interface Measurement {
  /** The file, or what the tool has in its place; empty where it has none. */
  readonly file: string;
  /** The benchmark's name. */
  readonly case: string;
  readonly metric: Metric;
}

const time = (unit: string, value: number, replicates?: readonly number[]): Metric => ({
  name: "time",
  value,
  unit,
  better: "lower",
  ...(replicates !== undefined && replicates.length > 1 && { replicates: replicates.slice(0, 1000) }),
});

const vitestSchema = z.object({
  files: z.array(
    z.object({
      filepath: z.string(),
      groups: z.array(
        z.object({
          fullName: z.string(),
          benchmarks: z.array(
            z.object({ name: z.string(), median: z.number().optional(), samples: z.array(z.number()).optional() }),
          ),
        }),
      ),
    }),
  ),
});

/** `vitest bench --outputJson`, versions 2 and 3; a benchmark that failed has no numbers, and is left out. */
function readVitest(text: string): Measurement[] {
  return vitestSchema.parse(JSON.parse(text)).files.flatMap(({ filepath, groups }) =>
    groups.flatMap(({ fullName, benchmarks }) => {
      const group = fullName.split(" > ").slice(1);
      return benchmarks.flatMap(({ name, median, samples = [] }) =>
        median === undefined ? [] : [{ file: filepath, case: [...group, name].join(" > "), metric: time("ms", median, samples) }],
      );
    }),
  );
}

const googleSchema = z.object({
  benchmarks: z.array(
    z.looseObject({
      name: z.string(),
      run_name: z.string().optional(),
      run_type: z.string().optional(),
      real_time: z.number().optional(),
      cpu_time: z.number().optional(),
      time_unit: z.string().default("ns"),
      bytes_per_second: z.number().optional(),
      items_per_second: z.number().optional(),
      error_occurred: z.boolean().optional(),
    }),
  ),
});

/** Google Benchmark's `--benchmark_out_format=json`: repetitions are replicates, and its own aggregates are left out. */
function readGoogle(text: string): Measurement[] {
  const all = googleSchema.parse(JSON.parse(text)).benchmarks.flatMap((one): Measurement[] => {
    if (one.run_type === "aggregate" || one.error_occurred === true) return [];
    const metric = (name: string, value: number | undefined, unit: string, better: Metric["better"]): Metric[] =>
      value === undefined ? [] : [{ name, value, unit, better }];
    return [
      ...metric("time", one.real_time, one.time_unit, "lower"),
      ...metric("cpu-time", one.cpu_time, one.time_unit, "lower"),
      ...metric("throughput", one.bytes_per_second, "bytes/s", "higher"),
      ...metric("items", one.items_per_second, "1/s", "higher"),
    ].map((each) => ({ file: "", case: one.run_name ?? one.name, metric: each }));
  });
  return joined(all);
}

const pytestSchema = z.object({
  benchmarks: z.array(
    z.object({
      fullname: z.string(),
      stats: z.object({ median: z.number(), data: z.array(z.number()).optional() }),
    }),
  ),
});

/** pytest-benchmark's `--benchmark-json`, versions 3 to 5: times of rounds are replicates where they were saved. */
function readPytest(text: string): Measurement[] {
  return pytestSchema.parse(JSON.parse(text)).benchmarks.map(({ fullname, stats: { median, data } }) => {
    const [file = "", ...rest] = fullname.split("::");
    return { file, case: rest.join(" > "), metric: time("s", median, data) };
  });
}

const hyperfineSchema = z.object({
  results: z.array(
    z.looseObject({
      command: z.string(),
      median: z.number().optional(),
      mean: z.number(),
      times: z.array(z.number()).optional(),
      parameters: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  ),
});

/** hyperfine's `--export-json`, versions 1.5 and later: its parameters are dimensions. */
function readHyperfine(text: string): Measurement[] {
  return hyperfineSchema.parse(JSON.parse(text)).results.map(({ command, median, mean, times, parameters }) => ({
    file: "",
    case: command,
    metric: {
      ...time("s", median ?? mean, times),
      ...(parameters && {
        dimensions: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
      }),
    },
  }));
}

const bencherSchema = z.record(
  z.string(),
  z.record(z.string(), z.object({ value: z.number(), lower_value: z.number().nullish(), upper_value: z.number().nullish() })),
);

/** Units, and directions, of the measures that Bencher has by itself; of others nothing is known. */
const bencherMeasures: Readonly<Record<string, readonly [unit: string, better: Metric["better"]]>> = {
  latency: ["ns", "lower"],
  throughput: ["1/s", "higher"],
  "build-time": ["s", "lower"],
  "file-size": ["bytes", "lower"],
};

/** Bencher Metric Format, as its `json` adapter takes it. */
function readBencher(text: string): Measurement[] {
  return Object.entries(bencherSchema.parse(JSON.parse(text))).flatMap(([name, measures]) =>
    Object.entries(measures).map(([measure, { value }]) => {
      const [unit, better] = bencherMeasures[measure] ?? (["", "lower"] as const);
      return { file: "", case: name, metric: { name: measure, value, unit, better } };
    }),
  );
}

const goLine = /^(Benchmark\S*?)(?:-(\d+))?\s+\d+((?:\s+[-+\w.]+\s+\S+)+)\s*$/;
const goUnits: Readonly<Record<string, readonly [name: string, unit: string, better: Metric["better"]]>> = {
  "ns/op": ["time", "ns", "lower"],
  "B/op": ["allocated", "bytes", "lower"],
  "allocs/op": ["allocations", "", "lower"],
  "MB/s": ["throughput", "MB/s", "higher"],
};

/** What `go test -bench` prints: lines of the same name (`-count`) are replicates, and the processors are a dimension. */
function readGo(text: string): Measurement[] {
  const all: Measurement[] = [];
  let file = "";
  for (const line of text.split(/\r?\n/)) {
    const named = /^pkg:\s*(\S+)/.exec(line);
    if (named !== null) file = named[1] ?? "";
    const [, name = "", processors, numbers = ""] = goLine.exec(line) ?? [];
    if (name === "") continue;
    const parts = numbers.trim().split(/\s+/);
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const written = parts[at + 1] ?? "";
      const [metric, unit, better] = goUnits[written] ?? ([written, written, "lower"] as const);
      const value = Number(parts[at]);
      if (!Number.isFinite(value)) throw new Error(`${line.trim()}: ${parts[at]} is no number`);
      const dimensions = processors === undefined ? {} : { dimensions: { processors } };
      all.push({ file, case: name, metric: { name: metric, value, unit, better, ...dimensions } });
    }
  }
  if (all.length === 0) throw new Error("there is no line of a benchmark in it");
  return joined(all);
}

/** What is of one case and one metric becomes one, with replicates. */
function joined(all: readonly Measurement[]): Measurement[] {
  const cases = new Map<string, Measurement[]>();
  for (const one of all) {
    const key = `${one.file}\0${one.case}`;
    cases.set(key, [...(cases.get(key) ?? []), one]);
  }
  return [...cases.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return joinMetrics(same.map(({ metric }) => metric)).metrics.map((metric) => ({ ...first, metric }));
  });
}

/** The formats of other tools, each read as a whole. */
export const metricFormats = {
  vitest: readVitest,
  "google-benchmark": readGoogle,
  "pytest-benchmark": readPytest,
  hyperfine: readHyperfine,
  go: readGo,
  bencher: readBencher,
} as const satisfies Record<string, (text: string) => Measurement[]>;
export type MetricFormat = keyof typeof metricFormats;

/**
 * What another tool wrote down, with the median as the value where there are replicates.
 * @throws Error that says what is wrong with the file
 */
export function readMeasurements(format: MetricFormat, text: string): Measurement[] {
  let read: Measurement[];
  try {
    read = metricFormats[format](text);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw new Error(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it does not fit"}`, { cause: error });
  }
  return read.map((one) => {
    const { replicates } = one.metric;
    return replicates === undefined ? one : { ...one, metric: { ...one.metric, value: medianOf(ascending(replicates)) } };
  });
}
