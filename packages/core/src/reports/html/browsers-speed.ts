import { plainText } from "../../model/plain-text.ts";
import type { BrowserComparison, BrowserSpeed, BrowserSpeedCell } from "../browsers/schema.ts";
import { judgementWords, ratioWords } from "../browsers/words.ts";
import { formatCount } from "../../model/count.ts";
import { formatMeasure } from "../measures.ts";
import type { RowLink } from "./browsers-section.ts";
import { escapeHtml } from "./escape.ts";

/** Rows of the table: one for each ratio. */
const ratiosShown = 100;
const width = 240;
const height = 22;
const margin = 10;
/** The scale reaches at least so far to either side of 1, and at most so far. */
const [leastReach, mostReach] = [2, 100];

interface Scale {
  readonly x: (ratio: number) => number;
  readonly ticks: readonly number[];
}

/** The metrics that several browsers measured: each ratio with its interval, as numbers and in one picture down the column. */
export function speedTable(comparison: BrowserComparison, linkOf: RowLink): string {
  const { speed, browsers, totals, tests } = comparison;
  if (speed.length === 0) return "";
  const ratios = speed.flatMap((row) =>
    row.cells.flatMap((cell, index) =>
      cell?.judgement === undefined ? [] : [{ row, cell, browser: browsers[index]?.browser ?? "" }],
    ),
  );
  const shown = ratios.slice(0, ratiosShown);
  const scale = scaleFor(shown.map(({ cell }) => cell));
  const keysOf = new Map(tests.map((test) => [identityOf(test), test.cells.map(({ key }) => key)]));
  const rows = shown.map(({ row, cell, browser }, index) => {
    const isFirst = shown[index - 1]?.row !== row;
    return `<tr${isFirst ? ' class="first"' : ""}>${isFirst ? headCells(row, shown, index, linkOf(row, keysOf.get(identityOf(row)) ?? [])) : ""}${ratioCells(row, cell, browser, scale)}</tr>`;
  });
  const hidden = ratios.length + Math.max(0, totals.metrics - speed.length) - shown.length;
  const more = hidden > 0 ? `<p class="more">… and ${formatCount(hidden)} more, in report.json</p>` : "";
  return `<h3 class="browsers-part">How fast they were</h3>
<div class="scroll" tabindex="0" role="region" aria-label="Speed by browser"><table class="matrix speed"><caption class="unseen">Metrics that several browsers measured, and their ratios</caption><thead><tr><th scope="col">metric</th><th scope="col">reference</th><th scope="col">browser</th><th scope="col" class="picture">${axis(scale)}</th><th scope="col">ratio</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>${more}
`;
}

function identityOf({
  suite,
  file,
  args,
  path,
  ordinal,
}: Omit<BrowserSpeed, "cells" | "name" | "unit" | "better" | "reference">): string {
  return JSON.stringify([suite, file, args, path, ordinal]);
}

/** What all ratios of a metric share: its name, and what the reference measured. */
function headCells(row: BrowserSpeed, shown: readonly { readonly row: BrowserSpeed }[], index: number, link: string): string {
  const span = shown.slice(index).findIndex((other) => other.row !== row);
  const rows = span < 0 ? shown.length - index : span;
  const base = row.cells.find((cell) => cell !== null && cell.judgement === undefined);
  const measured = base === undefined || base === null ? "" : measuredWords(base, row);
  return `<th scope="rowgroup" rowspan="${rows}">${link}<code>${text(row.name)}</code></th><td rowspan="${rows}">${text(row.reference)}<small>${measured}</small></td>`;
}

function ratioCells(row: BrowserSpeed, cell: BrowserSpeedCell, browser: string, scale: Scale): string {
  const { judgement = "unsure" } = cell;
  return `<td>${text(browser)}<small>${measuredWords(cell, row)}</small></td><td class="picture">${interval(cell, scale, `${browser}: ${ratioWords(cell)}`)}</td><td class="ratio ratio-${judgement}">${escapeHtml(ratioWords(cell))}<small>${judgementWords[judgement]}</small></td>`;
}

function measuredWords({ median, n, adapter }: BrowserSpeedCell, { unit }: BrowserSpeed): string {
  return [formatMeasure(median, unit), `n ${formatCount(n)}`, ...(adapter === undefined ? [] : [adapter])].map(text).join(" · ");
}

function text(value: string): string {
  return escapeHtml(plainText(value));
}

/** Logarithmic, the same to either side of 1. */
function scaleFor(cells: readonly BrowserSpeedCell[]): Scale {
  const ends = cells.flatMap(({ ratio = 1, low = ratio, high = ratio }) => [low, high, ratio]).filter((end) => end > 0);
  const reach = Math.min(
    mostReach,
    ends.reduce((most, end) => Math.max(most, end, 1 / end), leastReach),
  );
  const half = width / 2 - margin;
  const x = (ratio: number) => {
    const share = Math.log(Math.max(ratio, 1e-300)) / Math.log(reach);
    return width / 2 + half * Math.min(1, Math.max(-1, share));
  };
  const steps = reach < 3 ? [1.5, 2] : reach < 8 ? [2, 5] : reach < 30 ? [3, 10] : [10, 100];
  const sides = steps.filter((step) => step <= reach);
  return { x, ticks: [...sides.map((step) => 1 / step).reverse(), 1, ...sides] };
}

function tickLines({ x, ticks }: Scale, bottom: number): string {
  return ticks
    .map(
      (tick) =>
        `<line class="${tick === 1 ? "one" : "tick"}" x1="${x(tick).toFixed(1)}" x2="${x(tick).toFixed(1)}" y1="0" y2="${bottom}"/>`,
    )
    .join("");
}

function axis(scale: Scale): string {
  const names = scale.ticks.map((tick) => {
    const name = tick < 1 ? `1/${formatCount(Math.round(10 / tick) / 10)}` : formatCount(tick);
    return `<text x="${scale.x(tick).toFixed(1)}" y="11" text-anchor="middle">${name}</text>`;
  });
  return `<svg class="interval" viewBox="0 0 ${width} 16" role="img" aria-label="Ratio to the reference, from 1/${formatCount(Math.round(1 / (scale.ticks[0] ?? 1)))} to ${formatCount(scale.ticks.at(-1) ?? 1)}">${names.join("")}</svg>`;
}

/** A ratio and what it lies between, on the scale that all share. */
function interval(cell: BrowserSpeedCell, scale: Scale, name: string): string {
  const { ratio, low, high, judgement = "unsure" } = cell;
  if (ratio === undefined) return "";
  const middle = height / 2;
  const [from, to] = [scale.x(low ?? ratio), scale.x(high ?? ratio)];
  const line =
    low === undefined ? "" : `<line class="reach" x1="${from.toFixed(1)}" x2="${to.toFixed(1)}" y1="${middle}" y2="${middle}"/>`;
  return `<svg class="interval ratio-${judgement}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(name)}">${tickLines(scale, height)}${line}<circle cx="${scale.x(ratio).toFixed(1)}" cy="${middle}" r="4"/></svg>`;
}
