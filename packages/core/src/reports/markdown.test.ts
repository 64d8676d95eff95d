import { expect, test } from "vitest";
import { accountSentence } from "../model/account.ts";
import { groupFailures } from "./groups.ts";
import { reportFromCases } from "./from-cases.ts";
import { writeMarkdown } from "./markdown.ts";
import { sampleReport } from "./sample.test-data.ts";

test("verdict and account come first, then failures, flaky tests and workers", () => {
  const report = sampleReport();
  const text = writeMarkdown(report);
  const order = ["❌", "💥"].map((mark) => text.indexOf(mark)).filter((place) => place >= 0);
  expect(order).toEqual([3]);
  const places = [
    accountSentence(report.account),
    "43 failures of 8 causes",
    "ECONNREFUSED",
    "### Flaky",
    "Slowest tasks",
    "Workers",
  ];
  const found = places.map((part) => text.indexOf(part));
  expect(found.every((place) => place >= 0)).toBe(true);
  expect(found).toEqual([...found].sort((a, b) => a - b));
});

test.each([4096, 8000, 65_535])("at %i bytes it keeps to the limit and says how many failures it leaves out", (limit_bytes) => {
  const files = Array.from({ length: 400 }, (_, index) => ({
    file: `ünï/${index}.test.ts`,
    cases: [
      {
        path: [`case ${index}`],
        ordinal: 0,
        status: "failed" as const,
        duration_ms: 1,
        retries: 0,
        message: `expected ✓ in ${index}`,
        details: "✕ ".repeat(200),
      },
    ],
  }));
  const report = reportFromCases({ name: "many", files });
  expect(groupFailures(report)).toHaveLength(400);
  const text = writeMarkdown(report, { limit_bytes });
  expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(limit_bytes);
  const shown = text.match(/^#### 1 × /gm)?.length ?? 0;
  const hidden = Number(/… and (\d+) more in the HTML report/.exec(text)?.[1]);
  expect(shown).toBeGreaterThan(1);
  expect(shown + hidden).toBe(400);
});

test("names and messages cannot become Markdown or HTML", () => {
  const evil = "a|b `c` <img src=x onerror=alert(1)> @everyone\n\n# heading [x](http://e.vil) **b** <!--";
  const message = "```\n</details><script>alert(1)</script>\n````\nstill inside";
  const path = [evil];
  const report = reportFromCases({
    name: "evil",
    files: [{ file: "a`|.ts", cases: [{ path, ordinal: 0, status: "failed", duration_ms: 1, retries: 0, message }] }],
  });
  report.notices.push({ at_ms: 1, code: "worker-lost", message: evil });
  report.reason = evil;
  const text = writeMarkdown(report);
  const outside = text.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, "");
  expect(outside).not.toMatch(/<img|<script|<!--|\]\(|\*\*b|^# heading|@everyone|still inside/m);
  const rows = outside.split("\n").filter((line) => line.startsWith("| <code>"));
  for (const row of rows) expect(row.split("|")).toHaveLength(5);
  expect(rows.length).toBeGreaterThan(0);
  expect(text).toContain("`````text");
});
