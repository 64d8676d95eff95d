/**
 * Makes the pictures of reports in `docs/images/` out of the sample that the tests use, by a real browser: the Markdown as a page of a CI
 * system shows it, and the HTML report, in light and in dark colours. Run by hand, when what reports look like has changed.
 *
 * With the `report.html` of a run of `examples/browsers` as its argument, it makes the pictures of what differs between browsers, and no others:
 * `shardwright run --runner browser --browser-contexts 1 --requirements '{"browsers":["chromium","firefox","edge"]}'`
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { marked } from "marked";
import { writeHtml } from "../packages/core/src/reports/html/write-html.ts";
import { writeMarkdown } from "../packages/core/src/reports/markdown.ts";
import { comparedSample } from "../packages/core/src/reports/sample-comparison.test-data.ts";
import { launchChromium } from "../test/chromium.ts";

const images = join(import.meta.dirname, "..", "docs", "images");
const schemes = ["light", "dark"] as const;
const require = createRequire(import.meta.url);
const style = readFileSync(require.resolve("github-markdown-css/github-markdown.css"), "utf8");

/** Markdown as GitHub shows a job's summary: the same style, in a column of the same width. */
async function summaryPage(markdown: string): Promise<string> {
  return `<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>${style}
html { background: light-dark(#f6f8fa, #010409); }
.markdown-body { box-sizing: border-box; max-width: 980px; margin: 16px auto; padding: 32px; border: 1px solid var(--borderColor-default); border-radius: 6px; }
</style><article class="markdown-body">${await marked.parse(markdown, { gfm: true })}</article>`;
}

interface Picture {
  readonly name: string;
  readonly content: string;
  readonly width: number;
  readonly height: number;
  readonly part?: string;
}

const report = comparedSample();
const [ofBrowsers] = process.argv.slice(2);
const samples: readonly Picture[] = [
  { name: "summary", content: await summaryPage(writeMarkdown(report)), width: 1012, height: 1500 },
  { name: "report-comparison", content: writeHtml(report), width: 1180, height: 1500 },
];
const pages: readonly Picture[] =
  ofBrowsers === undefined
    ? samples
    : [{ name: "browsers", content: readFileSync(ofBrowsers, "utf8"), width: 1180, height: 1500, part: "#browsers" }];

const browser = await launchChromium();
try {
  for (const colorScheme of schemes) {
    const context = await browser.newContext({ colorScheme, deviceScaleFactor: 1 });
    for (const { name, content, width, height, part = "html" } of pages) {
      const page = await context.newPage();
      await page.setViewportSize({ width, height });
      await page.setContent(content, { waitUntil: "load" });
      const path = join(images, `${name}${colorScheme === "dark" ? "-dark" : ""}.png`);
      if (part === "html") await page.screenshot({ path });
      else await page.locator(part).screenshot({ path });
      console.log(`wrote ${path}`);
      await page.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
}
