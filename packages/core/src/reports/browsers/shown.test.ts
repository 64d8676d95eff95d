import { expect, test } from "vitest";
import type { PagePayload } from "../html/payload.ts";
import { writeHtml } from "../html/write-html.ts";
import { writeMarkdown } from "../markdown.ts";
import type { RunReport } from "../run-report.ts";
import { browsersSample, measured, passedCase, skippedIn, taskIn } from "../sample-browsers.test-data.ts";

const payloadOf = (html: string) =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "") as PagePayload;
const sectionOf = (html: string) => /<section id="browsers".*?<\/section>/s.exec(html)?.[0] ?? "";
const textOf = (html: string) => html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

test("the page tells without a script what differs, why a browser is missing, and how sure the ratios are", () => {
  const text = textOf(sectionOf(writeHtml(browsersSample())));
  expect(text).toContain("Across browsers 1 of 6 tests differs");
  expect(text).toContain("edge skipped: no worker offers edge");
  expect(text).toContain("differs: 0.6982 in place of 0.7, at [2] of 3");
  expect(text).toMatch(/12\.0 × \(11\.8 to 12\.3\) slower/);
  expect(text).toContain("no difference shown");
});

test("a row leads to the test's details in the browser where it failed", () => {
  const report = browsersSample();
  const [, reference = ""] = /data-open="([^"]+)">softmax &gt; large inputs/.exec(sectionOf(writeHtml(report))) ?? [];
  const [, task = "", place = ""] = /^t(\d+)c(\d+)$/.exec(reference) ?? [];
  expect(report.tasks[Number(task)]?.browser).toBe("firefox");
  expect(report.tasks[Number(task)]?.attempts[0]?.cases[Number(place)]?.path).toEqual([
    "softmax",
    "large inputs do not overflow",
  ]);
});

test("a case brings the page what it measured, and its browser; where room runs out, neither logs nor numbers are kept", () => {
  const { tasks, strings } = payloadOf(writeHtml(browsersSample()));
  expect(tasks.map(({ browser }) => strings[browser ?? -1])).toEqual([1, 2, 3].flatMap(() => ["chromium", "edge", "firefox"]));
  expect(tasks[0]?.attempts[0]?.cases[0]?.[4]?.metrics?.[1]).toEqual(["read-back", "8.36 ms", "8.58 ms", 20]);
  const small = payloadOf(writeHtml(browsersSample(), { evidence_limit_characters: 40 }));
  expect(small.tasks[0]?.attempts[0]?.cases[0]?.[4]?.metrics).toBeUndefined();
});

const hostile = `</script><img src=x onerror=alert(1)>|[a](javascript:b)\`@all\u202e`;
function hostileReport(): RunReport {
  const cases = (value: number, seed: number) => [
    passedCase([hostile], {
      metrics: [measured(hostile, value, { seed, unit: "<b>", dimensions: { adapter: "<i>", version: hostile.slice(0, 100) } })],
      computed: [{ name: hostile, values: [value], tolerance: { absolute: 0, relative: 0 } }],
    }),
  ];
  const tasks = [
    taskIn(`<x>${hostile}`, hostile, cases(1, 1)),
    taskIn("firefox", hostile, cases(2, 2)),
    skippedIn("edge", hostile),
  ];
  return { ...browsersSample(), tasks };
}

test("names of tests, browsers, metrics and units are text in the page", () => {
  const section = sectionOf(writeHtml(hostileReport()));
  expect(section).toContain("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
  expect(section).not.toMatch(/<img|<b>[^<]*ms|<i>|<x>|\u202e/);
  expect(section).not.toMatch(/\sstyle="/);
});

test("they are text in Markdown, in tables of as many columns as there are heads", () => {
  const text = writeMarkdown(hostileReport());
  expect(text).not.toMatch(/<img|<x>|<i>|\[a\]\(|`@all|\u202e/);
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  const across = rows.slice(rows.findIndex((line) => line.startsWith("| test | computed")));
  for (const row of across.slice(0, 3)) expect(row.split(" | ")).toHaveLength(5);
});

test("the summary has the comparison and the measurements, and keeps to its limit whatever there is", () => {
  const text = writeMarkdown(browsersSample());
  expect(text).toContain(
    "Across chromium, edge, firefox: 1 of 6 tests differs, 1 of 4 values differs; of the speeds 4 slower, 1 faster",
  );
  expect(text).toMatch(/<code>read-back<\/code> \| 8\.36 ms \|  \| 99\.2 ms<br>12\.0 × \(11\.8 to 12\.3\) slower/);
  expect(text).toContain("in <code>chromium</code> | <code>kernel</code> | 181 ms | 187 ms | 20 |");
  for (const limit_bytes of [4096, 6000, 20_000])
    expect(new TextEncoder().encode(writeMarkdown(browsersSample(), { limit_bytes })).length).toBeLessThanOrEqual(limit_bytes);
});

test("a report of one browser, or of none, says nothing of browsers", () => {
  const report = browsersSample();
  const alone = { ...report, tasks: report.tasks.filter(({ browser }) => browser === "chromium") };
  expect(sectionOf(writeHtml(alone))).toBe("");
  expect(writeMarkdown(alone)).not.toContain("Across");
});
