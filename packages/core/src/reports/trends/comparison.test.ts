import { expect, test } from "vitest";
import { ComparisonBuilder } from "./comparison.ts";
import { readConfiguration, type CompareBy } from "./configurations.ts";
import { trendCsv } from "./csv.ts";
import { trendHtml } from "./html/write-trend-html.ts";
import { trendMarkdown } from "./markdown.ts";
import { TrendReportBuilder } from "./report-builder.ts";
import { type Sample, sampleCommit, sampleSeries } from "./sample-trends.test-data.ts";

const given = (...texts: string[]): CompareBy => ({
  given: texts.map((text) => {
    const read = readConfiguration(text);
    if (read === undefined) throw new Error(text);
    return read;
  }),
});

function compare(by: CompareBy, samples: readonly Sample[], baseline?: string) {
  const builder = new ComparisonBuilder(by);
  for (const sample of samples) {
    const { series, points } = sampleSeries(sample);
    builder.add(series, points);
  }
  return builder.comparison(baseline);
}

const browsers = (
  metric: string,
  better: "lower" | "higher",
  factors: Readonly<Record<string, number>>,
  seed: number,
): Sample[] =>
  Object.entries(factors).map(([browser, factor], index) => ({
    id: seed * 10 + index,
    seed: seed * 10 + index,
    count: 30,
    at: () => factor,
    about: { case: "renders", name: metric, better, dimensions: { browser, mode: "page" } },
  }));

test("by a dimension: each ratio with its interval, and over 1 the mean is worse whatever is better when it is more", () => {
  const comparison = compare(
    { key: "browser" },
    [
      ...browsers("time", "lower", { chromium: 1, firefox: 1.5 }, 1),
      ...browsers("rate", "higher", { chromium: 1, firefox: 1 / 1.5 }, 2),
    ],
    "chromium",
  );
  expect(comparison).toMatchObject({
    baseline: "chromium",
    configurations: [{ name: "firefox", compared: 2, worse: 2, better: 0 }],
  });
  expect(comparison.configurations[0]?.geometric_mean?.estimate).toBeCloseTo(1.5, 1);
  const [rate] = comparison.metrics.filter(({ name }) => name === "rate");
  const [time] = comparison.metrics.filter(({ name }) => name === "time");
  expect(rate?.cells[0]).toMatchObject({ verdict: "worse", samples: 30 });
  expect(rate?.cells[0]?.ratio.estimate).toBeCloseTo(1 / 1.5, 1);
  expect(rate?.cells[0]?.ratio.low).toBeLessThan(rate?.cells[0]?.ratio.high ?? 0);
  expect(time?.cells[0]?.ratio.estimate).toBeCloseTo(1.5, 1);
  expect(time?.dimensions).toEqual({ mode: "page" });
});

test("of what does not differ nothing is told, whichever branch or machine it is of", () => {
  const samples = Array.from({ length: 40 }, (_, id): Sample => ({
    id: id + 1,
    seed: id + 1,
    of: (index) => ({ branch: index % 2 === 0 ? "main" : "next" }),
  }));
  const [next] = compare(given("branch=main", "branch=next"), samples).configurations;
  expect(next).toMatchObject({ compared: 40, worse: 0, better: 0 });
});

test("by commits, by any part of a class of hardware, and by several conditions at once", () => {
  const changed: Sample = {
    id: 1,
    seed: 1,
    at: (index) => (index >= 50 ? 1.3 : 1),
    of: (index) => ({ commit: sampleCommit(index < 50 ? 1 : 2) }),
  };
  const [old, fresh] = [sampleCommit(1), sampleCommit(2)];
  const [commits] = compare(given(`commit=${old}`, `commit=${fresh}`), [changed]).metrics;
  expect(commits?.cells[0]).toMatchObject({ verdict: "worse", samples: 50 });
  const cuda: Sample = { id: 2, seed: 2, at: () => 0.5, about: { case: "case 1", hardware_class: "linux-x64-cuda-a100" } };
  const [hardware] = compare(given("hardware=4cpu", "hardware=cuda"), [{ id: 1, seed: 1 }, cuda]).metrics;
  expect(hardware?.cells[0]?.verdict).toBe("better");
  const none = compare(given("hardware=4cpu,branch=main", "hardware=4cpu,branch=next"), [{ id: 1, seed: 1 }]);
  expect(none.configurations[0]).toMatchObject({ compared: 0, missing: 1 });
  expect(readConfiguration("hardware")).toBeUndefined();
  expect(readConfiguration("=cuda")).toBeUndefined();
});

test("of too few points the replicates are compared, and a single value is sure of nothing", () => {
  const once = (branch: string, level: number) => ({ branch, replicates: Array.from({ length: 8 }, (_, at) => level + at / 10) });
  const one: Sample = { id: 1, seed: 1, count: 2, of: (index) => once(index === 0 ? "main" : "next", index === 0 ? 100 : 120) };
  const [metric] = compare(given("branch=main", "branch=next"), [one]).metrics;
  expect(metric).toMatchObject({ replicates: true, baseline_samples: 8, cells: [{ samples: 8, verdict: "worse" }] });
  const bare: Sample = { id: 1, seed: 1, count: 2, of: (index) => ({ branch: index === 0 ? "main" : "next" }) };
  const [single] = compare(given("branch=main", "branch=next"), [bare]).metrics;
  expect(single?.cells[0]).toMatchObject({ verdict: "unsure", ratio: { level: 0 } });
});

test("it is written in every format", () => {
  const comparison = compare({ key: "browser" }, browsers("time", "lower", { chromium: 1, firefox: 1.5 }, 1), "chromium");
  const report = new TrendReportBuilder({ about: { project: "shop", made_at_ms: 0, chosen: {} } }).report(comparison);
  const html = [...trendHtml(report)].join("");
  expect(html).toContain("Compared with chromium");
  expect(html).toMatch(/<td data-name="firefox" class="heat worse-\d"/);
  expect(trendMarkdown(report)).toMatch(/geometric mean of the cost\*\* \| \| ×1\.\d\d/);
  expect([...trendCsv(report)].map((line) => line.split(",").length)).toEqual([20, 20]);
});
