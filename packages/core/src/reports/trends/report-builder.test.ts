import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { trendCsv } from "./csv.ts";
import type { TrendPayload } from "./html/payload.ts";
import { trendHtml } from "./html/write-trend-html.ts";
import { trendJson } from "./json.ts";
import { trendMarkdown } from "./markdown.ts";
import { TrendReportBuilder, type TrendReportOptions } from "./report-builder.ts";
import type { TrendGroup, TrendReport } from "./trend-report.ts";
import { type Sample, sampleCommit, sampleSeries, sampleStart_ms } from "./sample-trends.test-data.ts";

const about = { project: "shop", made_at_ms: sampleStart_ms + 26 * 86_400_000, chosen: {} };
const slower = (index: number) => (index >= 70 ? 1.2 : 1);

function reportOf(samples: readonly Sample[], options: Partial<TrendReportOptions> = {}) {
  const builder = new TrendReportBuilder({ about, ...options });
  for (const sample of samples) {
    const { series, points } = sampleSeries(sample);
    builder.add(series, points);
  }
  return builder.report();
}

test("a planted change is told with its commits, and two series that changed together are one group", () => {
  const report = reportOf([
    { id: 1, seed: 1 },
    { id: 2, seed: 2, at: slower },
    { id: 3, seed: 3, at: slower, about: { name: "throughput", better: "higher", unit: "1/s" } },
  ]);
  expect(report.totals).toMatchObject({ series: 3, points: 300, regressions: 1, improvements: 1, blind: 0, too_short: 0 });
  const [worst, better, calm] = report.series;
  expect([worst?.id, better?.id, calm?.id]).toEqual([2, 3, 1]);
  const [change] = worst?.changes ?? [];
  expect(change?.commits).toContain(sampleCommit(70));
  expect(change?.relative.low).toBeLessThan(0.2);
  expect(change?.relative.high).toBeGreaterThan(0.2);
  expect(change?.q).toBeLessThan(1e-6);
  expect(change?.at_ms).toBe(sampleStart_ms + (change?.index ?? 0) * 6 * 3_600_000);
  expect(calm).toMatchObject({ changes: [], anomalies: [] });
  expect(calm?.drawn).toBeUndefined();
  expect(report.groups.map(({ judgement, changes }) => [judgement, changes.map(({ series }) => series)])).toEqual([
    ["regression", [0]],
    ["improvement", [1]],
  ]);
});

test("what changed before the time that is told of is how it was, and is not told", () => {
  const since = (index: number) => ({ about: { ...about, since_ms: sampleStart_ms + index * 6 * 3_600_000 } });
  const changed: Sample = { id: 1, seed: 2, at: slower };
  expect(reportOf([changed], since(60)).totals.regressions).toBe(1);
  const later = reportOf([changed], since(80));
  expect(later.totals).toMatchObject({ regressions: 0, points: 100 });
  expect(later.series[0]?.level).toBeCloseTo(120, -0.5);
});

test("points of other branches are no part of a level, and marked ones count for nothing", () => {
  const of = (index: number) =>
    index % 4 === 0 ? { branch: "try", value: 300 } : index % 10 === 1 ? { mark: "failed" as const, value: 1 } : {};
  const [trend] = reportOf([{ id: 1, seed: 4, of }]).series;
  expect(trend).toMatchObject({ branch: "main", elsewhere: 25, points: 75, usable: 65, marked: 10, changes: [], anomalies: [] });
  const all = reportOf([{ id: 1, seed: 4, of }], { branches: "all" }).series[0];
  expect(all).toMatchObject({ elsewhere: 0, points: 100 });
  expect(all?.branch).toBeUndefined();
});

test("only so many series keep their points, those with the most to tell", () => {
  const samples = Array.from({ length: 130 }, (_, id): Sample => ({
    id: id + 1,
    seed: id + 1,
    count: 60,
    at: id === 5 || id === 129 ? (index) => (index >= 40 ? 1.5 : 1) : () => 1,
  }));
  const report = reportOf(samples, { drawAll: true });
  const drawn = report.series.filter((trend) => trend.drawn !== undefined).map(({ id }) => id);
  expect(drawn).toHaveLength(60);
  expect(drawn.slice(0, 2).toSorted((a, b) => a - b)).toEqual([6, 130]);
});

const evil = `</script><img src=x onerror=alert(1)>|=cmd()`;

test("the page's policy admits exactly its script and style, and names stay text in every format", () => {
  const report = reportOf(
    [{ id: 1, seed: 2, at: slower, about: { test: evil, case: `=${evil}`, name: evil }, of: () => ({ machine: evil }) }],
    {
      about: { ...about, project: evil, repository_url: "https://github.com/acme/shop" },
    },
  );
  const html = [...trendHtml(report)].join("");
  const hash = (text: string | undefined) =>
    `'sha256-${createHash("sha256")
      .update(text ?? "")
      .digest("base64")}'`;
  expect(html).toContain(`script-src ${hash(/<script>(.*?)<\/script>/s.exec(html)?.[1])}`);
  expect(html).toContain(`style-src ${hash(/<style>(.*?)<\/style>/s.exec(html)?.[1])}`);
  expect(html).not.toMatch(/\sstyle="|\son\w+="/);
  expect(html).not.toContain("<img");
  const payload = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "") as TrendPayload;
  expect(payload.commits_at).toBe("https://github.com/acme/shop/commit/");
  expect(payload.series[0]?.points.values).toHaveLength(100);
  expect(html).toContain(`href="https://github.com/acme/shop/commit/${sampleCommit(70)}"`);
  expect(trendMarkdown(report)).not.toContain("<img");
  const csv = [...trendCsv(report)].join("");
  expect(csv).toContain("'=</script>");
  expect(csv.split("\n")[1]).toContain(",change,regression,");
  expect(JSON.parse(trendJson(report))).toMatchObject({ schema: "shardwright-trends/1", series: [{ test: evil }] });
});

test("commits as git names them stay text in every format, with https links alone", () => {
  const commit = sampleCommit(69);
  const history = { commits: [{ commit, subject: "<img src=x> [a](javascript:b)", author: "<b>Ann" }], more: 7 };
  const written = (repository_url: string, told: TrendGroup["history"] = history) => {
    const report = reportOf([{ id: 1, seed: 2, at: slower }], { about: { ...about, repository_url } });
    const made = {
      ...report,
      groups: report.groups.map((group) => ({ ...group, ...(told !== undefined && { history: told }) })),
    };
    return { html: [...trendHtml(made)].join(""), markdown: trendMarkdown(made), json: trendJson(made) };
  };
  const { html, markdown, json } = written("https://github.com/acme/shop");
  expect(html).toContain(`<a href="https://github.com/acme/shop/commit/${commit}" rel="noreferrer">`);
  expect(html).toContain("8 commits in git");
  expect(html).not.toContain("<img src=x>");
  expect(html).not.toContain("<b>Ann");
  expect(markdown).toContain(`](<https://github.com/acme/shop/commit/${commit}>)`);
  expect(markdown).not.toMatch(/<img|<b>|[^\\]\]\(javascript/);
  expect(markdown).toContain("… and 7 more");
  expect((JSON.parse(json) as TrendReport).groups[0]?.history).toEqual(history);
  const plain = written("http://git.example.com/acme/shop");
  expect(plain.html).not.toContain('href="http');
  expect(plain.markdown).not.toContain("](<http");
  const missing = written("https://github.com/acme/shop", { commits: [], more: 0, trouble: "It is <b>shallow</b>." });
  expect(missing.html).toContain("It is &lt;b&gt;shallow");
  expect(missing.markdown).toMatch(/It is .*shallow/);
});

test("an address that is none makes no links, and a report of nothing can be written", () => {
  const report = reportOf([{ id: 1, seed: 2, at: slower }], { about: { ...about, repository_url: "javascript:alert(1)" } });
  expect([...trendHtml(report)].join("")).not.toContain("javascript:");
  const empty = new TrendReportBuilder({ about }).report();
  expect([...trendHtml(empty)].join("")).toContain("No change");
  expect(trendMarkdown(empty)).toContain("shop");
  expect([...trendCsv(empty)]).toHaveLength(1);
  const constant = reportOf([{ id: 1, seed: 1, noise: 0, at: () => 0 }], { drawAll: true });
  const body = /<body>(.*?)<script/s.exec([...trendHtml(constant)].join(""))?.[1];
  expect(body).toContain('<svg class="trend"');
  expect(body).not.toMatch(/NaN|Infinity/);
});
