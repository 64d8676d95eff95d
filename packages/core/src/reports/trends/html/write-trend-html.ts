import { embedJson, escapeHtml } from "../../html/escape.ts";
import { pictureOf } from "../picture/picture-of.ts";
import type { TrendReport } from "../trend-report.ts";
import { trendScript, trendScriptHash, trendStyle, trendStyleHash } from "./assets.generated.ts";
import { changesSection, groupsSection } from "./changes-section.ts";
import { heatSection } from "./heat-section.ts";
import { type DrawnCard, encodeTrends } from "./encode-trends.ts";
import { noiseSection } from "./noise-section.ts";
import { headline, summarySection } from "./summary-section.ts";
import { seriesSection } from "./series-section.ts";

/**
 * The report as one HTML file that needs no network, piece by piece. Pictures, tables and words are plain HTML and read well without scripts;
 * the points' commits on hover and by keyboard, and looking closer, come with the page's script.
 */
export function* trendHtml(report: TrendReport): Generator<string> {
  const { about, series } = report;
  const cards = series.flatMap((trend): DrawnCard[] => {
    const picture = pictureOf(trend, about.since_ms);
    return picture === undefined ? [] : [{ trend, picture }];
  });
  const places = new Map(cards.map(({ trend }, place) => [trend.id, place]));
  yield head(report);
  yield `<body>\n${topBar(report, cards.length)}\n<main id="main">\n`;
  yield summarySection(report);
  yield groupsSection(report, places);
  yield changesSection(report, places);
  yield* seriesSection(report, cards);
  yield heatSection(report);
  yield noiseSection(report, places);
  yield "</main>\n";
  yield `<script type="application/json" id="data">${embedJson(encodeTrends(cards, about.repository_url))}</script>\n`;
  yield `<script>${trendScript}</script>\n</body>\n</html>\n`;
}

function head(report: TrendReport): string {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${trendScriptHash}'`,
    `style-src 'sha256-${trendStyleHash}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const { title, tone } = headline(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${title}: trends of ${report.about.project}`)}</title>
<link rel="icon" href="${icon(tone)}">
<style>${trendStyle}</style>
</head>
`;
}

const tones = { failed: "cf3a46", passed: "1f8a5b", cancelled: "667085" } as const;

function icon(tone: keyof typeof tones): string {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><circle cx='12' cy='12' r='12' fill='#${tones[tone]}'/><path d='M5 15h5V9h9' fill='none' stroke='#fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg).replaceAll("'", "%27")}`;
}

function topBar({ groups, series, comparison }: TrendReport, drawn: number): string {
  const sections = [
    ...(groups.length > 0 ? [["happened", "What happened"]] : []),
    ...(series.some(({ changes }) => changes.length > 0) ? [["changes", "Changes"]] : []),
    ...(drawn > 0 ? [["series", "Series"]] : []),
    ...(comparison === undefined ? [] : [["comparison", "Comparison"]]),
    ...(series.length > 0 ? [["noise", "Noise"]] : []),
  ];
  const links = sections.map(([id, name]) => `<a href="#${id}">${name}</a>`).join("");
  return `<a class="skip" href="#main">Skip to the report</a>
<header class="top"><div class="top-inner">
<span class="brand"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 5h11v3H3zM7 10.5h14v3H7zM3 16h8v3H3z"/></svg>Shardwright</span>
<nav id="sections" aria-label="Sections">${links}</nav>
<span class="top-actions" id="actions"></span>
</div></header>`;
}
