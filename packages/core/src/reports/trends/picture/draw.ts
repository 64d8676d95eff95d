import { escapeHtml } from "../../html/escape.ts";
import { valueWords } from "../words.ts";
import { minMaxColumns } from "./decimate.ts";
import { machinesApart, type PictureSeries } from "./picture-series.ts";
import { type PictureScale, type PictureSize, type PictureView, roundValues, scaleFor, wholeView } from "./scale.ts";
import { offScale, shapeAt } from "./shapes.ts";

/** A drawn picture: its SVG as text, in which nothing but numbers and words of ours stands, and where things lie in it. */
export interface TrendDrawing {
  readonly svg: string;
  readonly scale: PictureScale;
}

/** More points than this for each pixel are drawn as the least and the largest of each column. */
const densest = 0.4;

/**
 * Draws a series: noise bands, medians, where it changed, outliers, what is expected, and its points, each machine with its own shape and
 * colour. The work and the size of what is drawn grow with the width and not with the points. Colours are those of the page's style.
 */
export function drawTrend(series: PictureSeries, size: PictureSize, view: PictureView = wholeView(series)): TrendDrawing {
  const scale = scaleFor(series, view, size);
  const inside = [
    bands(series, scale),
    sinceLine(series, scale),
    outlook(series, scale),
    places(series, scale),
    points(series, scale),
    levels(series, scale),
    anomalies(series, scale),
  ].join("");
  const { left, right, top, bottom } = scale;
  const svg = `<svg class="trend" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" aria-hidden="true" focusable="false">${axes(series, scale)}<svg x="${left}" y="${top - 8}" width="${fixed(right - left)}" height="${fixed(bottom - top + 16)}" viewBox="${left} ${top - 8} ${fixed(right - left)} ${fixed(bottom - top + 16)}" overflow="hidden">${inside}</svg></svg>`;
  return { svg, scale };
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function axes(series: PictureSeries, scale: PictureScale): string {
  const { left, right } = scale;
  const lines = roundValues(scale.low, scale.high, 4).map((value) => {
    const y = Math.round(scale.y(value)) + 0.5;
    return `<path class="grid" d="M${left} ${y}H${right}"/><text class="tick" x="${left - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(valueWords(value, series.unit))}</text>`;
  });
  return `${lines.join("")}${dates(series, scale)}`;
}

function sinceLine({ since }: PictureSeries, { view, x, top, bottom }: PictureScale): string {
  if (since === undefined || since <= view.from) return "";
  return `<path class="since" d="M${fixed((x(since) + x(since - 1)) / 2)} ${top}V${bottom}"/>`;
}

/** Days below the points that begin them, as many as there is room for. */
function dates({ points }: PictureSeries, scale: PictureScale): string {
  const { view, left, right, size } = scale;
  const [first, end] = [Math.max(0, Math.ceil(view.from)), Math.min(points.length, Math.floor(view.until))];
  if (end <= first) return "";
  const room = 92;
  const every = Math.max(1, Math.ceil((room * (view.until - view.from)) / (right - left)));
  const labels: string[] = [];
  let shown = "";
  for (let index = first + Math.ceil(every / 2); index < end; index += every) {
    const at_ms = points[index]?.at_ms;
    const x = scale.x(index);
    if (at_ms === undefined || !Number.isFinite(new Date(at_ms).getTime()) || x < left + 30 || x > right - 32) continue;
    const date = new Date(at_ms).toISOString();
    const day = date.slice(0, 10);
    const text = day === shown ? date.slice(11, 16) : day;
    shown = day;
    labels.push(`<text class="tick" x="${fixed(x)}" y="${size.height - 6}" text-anchor="middle">${text}</text>`);
  }
  return labels.join("");
}

function spanOf(from: number, until: number, scale: PictureScale): { readonly x: number; readonly width: number } | undefined {
  const begin = Math.max(scale.left, (scale.x(from) + scale.x(from - 1)) / 2);
  const end = Math.min(scale.right, (scale.x(until) + scale.x(until - 1)) / 2);
  return end <= begin ? undefined : { x: begin, width: end - begin };
}

/** A level that drifts is no level: neither it nor its band is drawn, but the line. */
function steady({ segments, drift }: PictureSeries): PictureSeries["segments"] {
  return drift === undefined ? segments : segments.slice(0, -1);
}

function bands(series: PictureSeries, scale: PictureScale): string {
  return steady(series)
    .map(({ from, until, low, high }) => {
      const span = spanOf(from, until, scale);
      if (span === undefined) return "";
      const [top, bottom] = [scale.y(high), scale.y(low)];
      return `<rect class="band" x="${fixed(span.x)}" y="${fixed(top)}" width="${fixed(span.width)}" height="${fixed(Math.max(1, bottom - top))}"/>`;
    })
    .join("");
}

function levels(series: PictureSeries, scale: PictureScale): string {
  const { drift } = series;
  const { x, y } = scale;
  const line =
    drift === undefined
      ? ""
      : `<path class="level" d="M${fixed(x(drift.from))} ${fixed(y(drift.begin))}L${fixed(x(drift.until))} ${fixed(y(drift.end))}"/>`;
  const flat = steady(series)
    .map(({ from, until, median }) => {
      const span = spanOf(from, until, scale);
      if (span === undefined) return "";
      return `<path class="level" d="M${fixed(span.x)} ${fixed(scale.y(median))}h${fixed(span.width)}"/>`;
    })
    .join("");
  return `${flat}${line}`;
}

function places({ changes }: PictureSeries, scale: PictureScale): string {
  return changes
    .map(({ index, first, last, judgement }) => {
      const span = spanOf(first, last + 1, scale);
      if (span === undefined) return "";
      const { top, bottom } = scale;
      const at = fixed((scale.x(index) + scale.x(index - 1)) / 2);
      return `<g class="place ${judgement}"><rect x="${fixed(span.x)}" y="${top - 6}" width="${fixed(Math.max(2, span.width))}" height="${fixed(bottom - top + 12)}"/><path d="M${at} ${top - 6}V${bottom + 6}"/></g>`;
    })
    .join("");
}

function outlook({ points, outlook }: PictureSeries, scale: PictureScale): string {
  if (outlook.length === 0 || scale.view.until <= points.length) return "";
  const at = (step: number) => fixed(scale.x(points.length + step));
  const upper = outlook.map(({ high }, step) => `${at(step)} ${fixed(scale.y(high))}`);
  const lower = outlook.map(({ low }, step) => `${at(step)} ${fixed(scale.y(low))}`).toReversed();
  const middle = outlook.map(({ estimate }, step) => `${at(step)} ${fixed(scale.y(estimate))}`);
  return `<path class="outlook" d="M${[...upper, ...lower].join("L")}Z"/><path class="expected" d="M${middle.join("L")}"/>`;
}

function points(series: PictureSeries, scale: PictureScale): string {
  const { view, left, right } = scale;
  const [first, end] = [Math.max(0, Math.floor(view.from)), Math.min(series.points.length, Math.ceil(view.until))];
  const isDense = end - first > densest * (right - left);
  const size = (right - left) / Math.max(1, end - first) >= 8 ? 3.4 : 2.4;
  const kinds = Array.from({ length: machinesApart + 1 }, (_, kind) => kind - 1);
  const drawn = kinds.map((machine) => {
    const take = (index: number) => {
      const point = series.points[index];
      return point !== undefined && !point.is_left_out && point.machine === machine;
    };
    const d = isDense ? columnsOf(series, scale, first, end, take) : marksOf(series, scale, first, end, take, machine, size);
    if (d === "") return "";
    return `<path class="points machine-${machine < 0 ? "other" : machine}${isDense ? " dense" : ""}" d="${d}"/>`;
  });
  const left_out = (index: number) => series.points[index]?.is_left_out === true;
  const crosses = isDense
    ? columnsOf(series, scale, first, end, left_out)
    : marksOf(series, scale, first, end, left_out, "cross", size);
  return `${crosses === "" ? "" : `<path class="points left-out" d="${crosses}"/>`}${drawn.join("")}`;
}

function columnsOf(
  series: PictureSeries,
  scale: PictureScale,
  first: number,
  end: number,
  take: (index: number) => boolean,
): string {
  const values = { from: first, length: end, value: (index: number) => series.points[index]?.value ?? Number.NaN };
  return minMaxColumns(values, scale.x, take)
    .map(({ x, low, high }) => {
      const [top, bottom] = [scale.y(high), scale.y(low)];
      return `M${x} ${fixed(top - 0.7)}V${fixed(bottom + 0.7)}`;
    })
    .join("");
}

function marksOf(
  series: PictureSeries,
  scale: PictureScale,
  first: number,
  end: number,
  take: (index: number) => boolean,
  kind: number | "cross",
  size: number,
): string {
  let d = "";
  for (let index = first; index < end; index += 1) {
    if (!take(index)) continue;
    const value = series.points[index]?.value ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    const [x, y] = [scale.x(index), scale.y(value)];
    d += value > scale.high || value < scale.low ? offScale(x, y, value > scale.high) : shapeAt(kind, x, y, size);
  }
  return d;
}

function anomalies(series: PictureSeries, scale: PictureScale): string {
  return series.anomalies
    .map(({ index, judgement }) => {
      const value = series.points[index]?.value;
      if (value === undefined || index < scale.view.from - 1 || index > scale.view.until) return "";
      return `<circle class="anomaly ${judgement}" cx="${fixed(scale.x(index))}" cy="${fixed(scale.y(value))}" r="6.5"/>`;
    })
    .join("");
}
