import { plainText } from "../../../model/plain-text.ts";
import { formatCount } from "../../../model/count.ts";
import { escapeHtml } from "../../html/escape.ts";
import { drawTrend } from "../picture/draw.ts";
import { shapeAt } from "../picture/shapes.ts";
import type { ReportedTrend, TrendReport } from "../trend-report.ts";
import { changeWords, metricName, rangeWords, remarksOf, testName, valueWords } from "../words.ts";
import { judgementBadge } from "./changes-section.ts";
import type { DrawnCard } from "./encode-trends.ts";

const text = (value: string) => escapeHtml(plainText(value));
/** Of the picture for pages without scripts, and on paper. With them it is drawn anew for the room there is. */
const plainSize = { width: 1080, height: 260 } as const;
const changesShown = 6;

/** A picture of each series that has something to tell, with what it tells in words. */
export function* seriesSection({ series }: TrendReport, cards: readonly DrawnCard[]): Generator<string> {
  if (cards.length === 0) return;
  yield `<section id="series" aria-labelledby="series-title"><h2 id="series-title">Series <small>${cards.length === series.length ? formatCount(cards.length) : `${formatCount(cards.length)} of ${formatCount(series.length)}, those with the most to tell`}</small></h2>\n${legend()}`;
  for (const [place, card] of cards.entries()) yield cardOf(card, place);
  yield "</section>\n";
}

function cardOf({ trend, picture }: DrawnCard, place: number): string {
  const { svg } = drawTrend(picture.series, plainSize);
  const where = [metricName(trend), trend.hardware_class, ...(trend.branch === undefined ? [] : [trend.branch])];
  const told = trend.changes
    .slice(-changesShown)
    .map(
      (change) =>
        `<li>${judgementBadge(change.judgement)} ${escapeHtml(changeWords(change, trend.unit))}, ${text(rangeWords(change))}</li>`,
    );
  const remarks = [...newestWords(trend), ...remarksOf(trend)].map((remark) => `<li>${escapeHtml(remark)}</li>`);
  const now = trend.drift === undefined ? trend.level : (trend.outlook?.points[0]?.estimate ?? trend.level);
  const level = now === undefined ? "" : `<span class="now">${escapeHtml(valueWords(now, trend.unit))}</span>`;
  return `<article class="panel card" id="s${place}" aria-labelledby="s${place}-title"><header><div><h3 id="s${place}-title">${text(testName(trend))}</h3><p class="of">${text(where.join(" · "))}</p></div>${level}</header>
${told.length === 0 ? "" : `<ul class="told">${told.join("")}</ul>`}
<div class="stage" data-series="${place}" role="img" aria-label="${text(`${testName(trend)}, ${metricName(trend)}: ${picture.series.points.length} points`)}">${svg}</div>
${machineLegend(picture.machines)}${remarks.length === 0 ? "" : `<ul class="remarks">${remarks.join("")}</ul>`}</article>
`;
}

function newestWords({ anomalies, unit }: ReportedTrend): string[] {
  const newest = anomalies.findLast((anomaly) => anomaly.newest);
  if (newest === undefined) return [];
  return [
    `Its newest point is ${valueWords(newest.value, unit)}, and ${valueWords(newest.expected, unit)} is usual: it may be the beginning of a change.`,
  ];
}

const swatch = (inside: string) => `<svg class="swatch" viewBox="0 0 22 16" aria-hidden="true">${inside}</svg>`;

function legend(): string {
  const items = [
    [swatch(`<path class="level" d="M1 8h20"/>`), "median of a level"],
    [swatch(`<rect class="band" x="1" y="2" width="20" height="12"/>`), "where nearly all of its points lie"],
    [
      swatch(`<g class="place regression"><rect x="6" y="0" width="10" height="16"/><path d="M11 0v16"/></g>`),
      "got worse: the points it may be (90 %)",
    ],
    [swatch(`<g class="place improvement"><rect x="6" y="0" width="10" height="16"/><path d="M11 0v16"/></g>`), "got better"],
    [
      swatch(
        `<path class="points machine-0" d="${shapeAt(0, 11, 8, 2.6)}"/><circle class="anomaly regression" cx="11" cy="8" r="6.5"/>`,
      ),
      "single point far off",
    ],
    [swatch(`<path class="points left-out" d="${shapeAt("cross", 11, 8, 3)}"/>`), "left out: failed, retried, partial"],
    [swatch(`<path class="outlook" d="M1 3L21 1V15L1 13Z"/><path class="expected" d="M1 8H21"/>`), "expected, 95 %"],
  ];
  return `<ul class="legend">${items.map(([mark, words]) => `<li>${mark}${words}</li>`).join("")}</ul>\n`;
}

function machineLegend(machines: readonly string[]): string {
  if (machines.length < 2) return "";
  const items = machines.map(
    (machine, place) =>
      `<li>${swatch(`<path class="points machine-${place}" d="${shapeAt(place, 11, 8, 3.6)}"/>`)}${text(machine)}</li>`,
  );
  return `<ul class="legend machines" aria-label="Machines">${items.join("")}</ul>`;
}
