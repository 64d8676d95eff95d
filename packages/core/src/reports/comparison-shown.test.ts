import { expect, test } from "vitest";
import { annotationsOf } from "./annotations.ts";
import { comparisonSentence } from "./comparison-words.ts";
import { groupFailures } from "./groups.ts";
import { writeHtml } from "./html/write-html.ts";
import { readReport, writeJson } from "./json.ts";
import { writeMarkdown } from "./markdown.ts";
import { comparedSample } from "./sample-comparison.test-data.ts";
import { sampleReport } from "./sample.test-data.ts";

const report = comparedSample();

test("the sample says of each failure how it stands to its base", () => {
  expect(report.comparison?.totals).toMatchObject({
    failing_at_times: 3,
    still_failing: 9,
    fixed: 1,
    slower: 1,
    removed: 12,
    added: 12,
  });
  expect(comparisonSentence(report.comparison ?? ({} as never))).toMatch(
    /^Compared with main at abc12300, and 8 runs before it: \d+ newly failing/,
  );
});

test("in Markdown what is new stands first, with the command, the owner and what was fixed or became slower", () => {
  const text = writeMarkdown(report);
  const places = [
    "Compared with main at abc12300",
    "🆕 **newly failing**",
    "owned by <code>",
    "npx vitest run ",
    "in all 9 runs",
    "<summary>Fixed: 1</summary>",
    "<summary>Slower: 1</summary>",
    "### Failures by owner",
  ].map((part) => text.indexOf(part));
  expect(places.every((place) => place >= 0)).toBe(true);
  expect(places.toSorted((a, b) => a - b)).toEqual(places);
  const newest = text.slice(text.indexOf("#### "), text.indexOf("in 3 of 9 runs"));
  expect(newest.match(/^#### /gm)?.length).toBeGreaterThan(2);
  expect(newest).not.toContain("in all 9 runs");
  const limited = writeMarkdown(report, { limit_bytes: 4096 });
  expect(new TextEncoder().encode(limited).length).toBeLessThanOrEqual(4096);
  expect(limited).toContain("newly failing");
});

test("groups and annotations begin with what is new; without a base nothing changes its place", () => {
  const kinds = annotationsOf(report).map(({ change }) => change ?? "none");
  expect(kinds.lastIndexOf("newly_failing")).toBeLessThan(kinds.indexOf("failing_at_times"));
  expect(kinds.lastIndexOf("failing_at_times")).toBeLessThan(kinds.indexOf("still_failing"));
  const [first] = annotationsOf(report);
  expect(first?.title).toMatch(/^Newly failing: /);
  expect(first?.message).toMatch(/^Newly failing\.\n/);
  expect(annotationsOf(report).some(({ message }) => message.includes("Owned by @shop/identity, ada@example.com."))).toBe(true);
  const plain = sampleReport();
  expect(annotationsOf(plain).map(({ path }) => path)).toEqual(
    annotationsOf({ ...plain, comparison: undefined }).map(({ path }) => path),
  );
  expect(groupFailures(report)[0]?.kind).toBe("crash");
});

test("the page has the numbers, the commands and the owners, and takes a hostile name for text", () => {
  const html = writeHtml(report);
  expect(html).toContain('<section id="comparison"');
  expect(html).toContain('<span class="change change-newly_failing">newly failing</span>');
  expect(html).toContain("owned by @shop/checkout");
  expect(html).toMatch(/<ul class="by-owner".*@shop\/identity <b>\d+<\/b>.*nobody <b>/);
  expect(html).toContain("To reproduce");
  const { comparison } = report;
  if (comparison === undefined) throw new Error("there is no comparison");
  const evil = "<img src=x onerror=alert(1)>";
  const hostile = {
    ...report,
    comparison: {
      ...comparison,
      base: { ...comparison.base, branch: evil },
      notes: [evil],
      fixed: [{ key: "a", suite: "a", file: evil, path: [evil], base: { of: 1, failed: 1, flaky: 0 } }],
    },
  };
  expect(writeHtml(hostile)).not.toContain("<img src=x");
  expect(writeMarkdown(hostile)).not.toContain("<img src=x");
});

test("the report reads back what it says", () => {
  expect(readReport(JSON.parse(writeJson(report)), "report.json").comparison).toEqual(report.comparison);
});
