import type { CaseResult } from "../model/case.ts";
import type { Metric } from "../model/metric.ts";
import { accountFor, verdictFor } from "../model/account.ts";
import { reasonFor, reportFromCases } from "./from-cases.ts";
import { countCases } from "./final-cases.ts";
import type { ReportTask, RunReport } from "./run-report.ts";
import { seeded } from "./seeded.test-data.ts";

/** A run of GPU kernels in three browsers, made up by hand: Firefox computes one of them wrongly and reads back slowly, Edge is nowhere. */
export function browsersSample(): RunReport {
  const tasks = files.flatMap(({ file, cases }) => [
    taskIn(
      "chromium",
      file,
      cases.map((one) => chromiumCase(one)),
    ),
    skippedIn("edge", file),
    taskIn(
      "firefox",
      file,
      cases.map((one) => firefoxCase(one)),
    ),
  ]);
  const report = reportFromCases({ name: "main-4f2a91c-1", files: [] });
  const account = accountFor(tasks);
  const verdict = verdictFor(account, { cancelled: false, allowEmpty: false });
  return {
    ...report,
    verdict,
    reason: reasonFor(verdict, account),
    account,
    cases: countCases(tasks),
    tasks,
    suites: [{ name: "kernels", runner: "browser", directory: ".", options: {} }],
  };
}

/** One file's task in one browser. @param more what differs from a task that passed or failed by its cases */
export function taskIn(browser: string, file: string, cases: readonly CaseResult[], more: Partial<ReportTask> = {}): ReportTask {
  const status = cases.some((result) => result.status === "failed") ? "failed" : "passed";
  const duration_ms = cases.reduce((sum, result) => sum + result.duration_ms, 0);
  return {
    key: `kernels:${file}#${browser}`,
    suite: "kernels",
    runner: "browser",
    file,
    args: [],
    requirements: { tags: [`browser:${browser}`] },
    browser,
    status,
    flaky: false,
    attempts: [{ attempt: 1, worker: "gpu-1", status, started_ms: 0, ended_ms: duration_ms, duration_ms, cases: [...cases] }],
    ...more,
  };
}

/** A task of a browser that nobody offers. */
export function skippedIn(browser: string, file: string): ReportTask {
  return taskIn(browser, file, [], { status: "skipped", reason: `no worker offers ${browser}`, attempts: [] });
}

export function passedCase(path: readonly string[], more: Partial<CaseResult> = {}): CaseResult {
  return { path: [...path], ordinal: 0, status: "passed", duration_ms: 40, retries: 0, ...more };
}

/** A metric of `n` measurements that scatter by a few percent around a value; the same every time. */
export function measured(
  name: string,
  value: number,
  more: Partial<Metric> & { readonly n?: number; readonly seed?: number } = {},
): Metric {
  const { n = 20, seed = 1, ...rest } = more;
  const random = seeded(seed);
  const replicates = Array.from({ length: n }, () => Math.round(value * (0.95 + 0.1 * random()) * 1000) / 1000);
  const sorted = replicates.toSorted((a, b) => a - b);
  return { name, value: sorted[Math.floor(n / 2)] ?? value, unit: "ms", better: "lower", replicates, ...rest };
}

interface SampleCase {
  readonly path: readonly string[];
  readonly metrics: readonly {
    readonly name: string;
    readonly chromium: number;
    readonly firefox: number;
    readonly unit?: string;
  }[];
  readonly values?: readonly number[];
  readonly firefoxFails?: string;
}

const files: readonly { readonly file: string; readonly cases: readonly SampleCase[] }[] = [
  {
    file: "kernels/matmul.browser.ts",
    cases: [
      {
        path: ["matmul", "256 × 256, tiled"],
        metrics: [
          { name: "kernel", chromium: 182, firefox: 91 },
          { name: "read-back", chromium: 8.4, firefox: 101 },
        ],
        values: [12.5, -3.25, 0.125, 7.75],
      },
      { path: ["matmul", "512 × 512, tiled"], metrics: [{ name: "kernel", chromium: 1210, firefox: 1241 }], values: [1.5, 2.5] },
    ],
  },
  {
    file: "kernels/softmax.browser.ts",
    cases: [
      {
        path: ["softmax", "rows add up to 1"],
        metrics: [{ name: "kernel", chromium: 6.2, firefox: 6.35 }],
        values: [0.25, 0.75],
      },
      {
        path: ["softmax", "large inputs do not overflow"],
        metrics: [{ name: "kernel", chromium: 6.4, firefox: 7.3 }],
        values: [0.1, 0.2, 0.7],
        firefoxFails: "expected 0.7 to be 0.6982 within 0.0001",
      },
    ],
  },
  {
    file: "kernels/load-model.browser.ts",
    cases: [
      {
        path: ["model", "loads from the cache"],
        metrics: [
          { name: "load", chromium: 640, firefox: 812 },
          { name: "throughput", chromium: 310, firefox: 244, unit: "1/s" },
        ],
      },
      { path: ["model", "says what it needs"], metrics: [] },
    ],
  },
];

function chromiumCase({ path, metrics, values }: SampleCase): CaseResult {
  return caseIn(
    "chromium",
    "156.0.8078.79",
    path,
    metrics.map((metric) => ({ ...metric, value: metric.chromium })),
    values,
  );
}

function firefoxCase({ path, metrics, values, firefoxFails }: SampleCase): CaseResult {
  const own = firefoxFails === undefined ? values : values?.map((value, index) => (index === 2 ? value - 0.0018 : value));
  const made = caseIn(
    "firefox",
    "153.7",
    path,
    metrics.map((metric) => ({ ...metric, value: metric.firefox })),
    own,
  );
  return firefoxFails === undefined ? made : { ...made, status: "failed", message: firefoxFails };
}

function caseIn(
  browser: string,
  version: string,
  path: readonly string[],
  metrics: readonly { readonly name: string; readonly value: number; readonly unit?: string }[],
  values: readonly number[] | undefined,
): CaseResult {
  const dimensions = { browser, version, adapter: "software" };
  return passedCase(path, {
    duration_ms: metrics.reduce((sum, { value }) => sum + value, 30),
    ...(metrics.length > 0 && {
      metrics: metrics.map(({ name, value, unit = "ms" }, index) =>
        measured(name, value, {
          unit,
          better: unit === "ms" ? "lower" : "higher",
          dimensions,
          seed: index + (browser === "firefox" ? 50 : 7),
        }),
      ),
    }),
    ...(values !== undefined && {
      computed: [{ name: "output", values: [...values], tolerance: { absolute: 1e-6, relative: 1e-5 } }],
    }),
  });
}
