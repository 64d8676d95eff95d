import { expect, test } from "vitest";
import type { PagePayload } from "../html/payload.ts";
import { writeHtml } from "../html/write-html.ts";
import { writeMarkdown } from "../markdown.ts";
import type { RunReport } from "../run-report.ts";
import { browserMemory } from "./memory.ts";
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

/** A file that two browsers ran, each with what its processes needed. */
function memoryReport(): RunReport {
  const needs = (browser: string, bytes: number, program?: string): RunReport["tasks"][number] => {
    const dimensions = { browser, version: "1.2", ...(program !== undefined && { program }) };
    const metric = { name: "memory.processes", value: bytes, unit: "bytes", better: "lower", dimensions } as const;
    const task = taskIn(browser, "list.browser.ts", [passedCase(["grows"])]);
    return { ...task, attempts: task.attempts.map((attempt) => ({ ...attempt, metrics: [metric] })) };
  };
  const tasks = [needs("chromium", 100 * 1024 ** 2, "headless-shell"), needs("firefox", 400 * 1024 ** 2)];
  return { ...browsersSample(), tasks };
}

test("what a file as a whole needed is compared, is in its attempt's details, and in the summary's table", () => {
  const html = writeHtml(memoryReport());
  expect(textOf(sectionOf(html))).toMatch(/list\.browser\.ts memory\.processes chromium 100 MiB/);
  expect(payloadOf(html).tasks[1]?.attempts[0]?.metrics).toEqual([["memory.processes", "400 MiB", "", 1]]);
  const markdown = writeMarkdown(memoryReport());
  const [, row] =
    /<summary>Measurements<\/summary>[^]*?(\| <code>list\.browser\.ts<\/code> in <code>firefox<\/code>.*)/.exec(markdown) ?? [];
  expect(row).toBe("| <code>list.browser.ts</code> in <code>firefox</code> | <code>memory.processes</code> | 400 MiB |  | 1 |");
});

test("the most that each browser needed is told, its headless shell apart; of a file in parts nothing", () => {
  const report = memoryReport();
  expect(browserMemory(report)).toEqual([
    { browser: "chromium's headless shell", bytes: 100 * 1024 ** 2 },
    { browser: "firefox", bytes: 400 * 1024 ** 2 },
  ]);
  const [first] = report.tasks;
  const attempts = (first?.attempts ?? []).flatMap((attempt) => [0, 1].map((part) => ({ ...attempt, part })));
  expect(browserMemory({ tasks: first === undefined ? [] : [{ ...first, parts: 2, attempts }] })).toEqual([]);
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
