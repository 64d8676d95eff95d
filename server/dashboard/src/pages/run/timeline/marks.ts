import type { Metrics, Palette, View } from "../../../../../../packages/core/report-page/timeline-paint.ts";
import { xOf } from "../../../../../../packages/core/report-page/timeline-paint.ts";
import type { Mark } from "../run-model.ts";
import type { RunLayout } from "./lay-out.ts";
import { type Measure, type PlacedLabel, labelRow_px, padding_px, placeMarks } from "./place-marks.ts";

/** How a mark looks, so that it is told apart without its colour. */
export const markGlyphs: Readonly<Record<Mark["kind"], string>> = {
  coordinator: "⚑",
  worker: "✕",
  breaker: "⛒",
  decided: "◆",
  notice: "!",
  excused: "≈",
};

export const markWords: Readonly<Record<Mark["kind"], string>> = {
  coordinator: "failover",
  worker: "worker",
  breaker: "breaker",
  decided: "recovery",
  notice: "notice",
  excused: "excused",
};

const tones: Readonly<Record<Mark["kind"], "flaky" | "failed" | undefined>> = {
  coordinator: "flaky",
  worker: "failed",
  breaker: "failed",
  notice: "failed",
  decided: undefined,
  excused: undefined,
};

/** Where the labels begin: under the words of the axis. */
const labelsTop_px = 20;
/** A label's own height; the rest of its row is between it and the next. */
const label_px = labelRow_px - 3;
const dash_px = 4;

const labelOf = ({ kind, label = "" }: Mark) => `${markGlyphs[kind]} ${label}`;
const fontOf = (palette: Palette) => `600 12px ${palette("--sans")}`;

/** Measures labels as they are painted. */
export function measureIn(context: CanvasRenderingContext2D, palette: Palette): Measure {
  return (mark) => {
    if (mark.label === undefined) return undefined;
    context.font = fontOf(palette);
    return Math.ceil(context.measureText(labelOf(mark)).width);
  };
}

/** Draws what happened to the machinery: its words above the bars, and a line through all rows, or down to the worker that it is about. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  layout: RunLayout,
  marks: readonly Mark[],
  view: View,
  metrics: Metrics,
  palette: Palette,
): void {
  context.save();
  for (const mark of marks) if (mark.gone === "lost") paintAbsence(context, mark, layout, view, metrics, palette);
  const { labels, signs } = placeMarks(marks, view, metrics, measureIn(context, palette));
  context.textBaseline = "middle";
  for (const placed of labels) paintLine(context, placed, layout, metrics, palette);
  for (const placed of labels) paintLabel(context, placed, palette);
  context.textAlign = "center";
  context.font = `bold 11px ${palette("--sans")}`;
  for (const { mark, x } of signs) {
    context.fillStyle = palette(`--${tones[mark.kind] ?? "muted"}`);
    context.fillText(markGlyphs[mark.kind], x, metrics.top - 9);
  }
  context.restore();
}

/** Nothing runs any more where a worker was lost. */
function paintAbsence(
  context: CanvasRenderingContext2D,
  { at_ms, worker }: Mark,
  { rows }: RunLayout,
  view: View,
  metrics: Metrics,
  palette: Palette,
): void {
  const row = rows[worker ?? -1];
  if (row === undefined || at_ms > view.to_ms) return;
  const x = Math.max(metrics.left, xOf(at_ms, view, metrics));
  context.fillStyle = palette("--failed-soft");
  context.fillRect(x, metrics.top + row.from * metrics.lane, metrics.width - x, (row.until - row.from) * metrics.lane);
}

function paintLine(
  context: CanvasRenderingContext2D,
  { mark, x, row }: PlacedLabel,
  { rows }: RunLayout,
  { top, lane, height }: Metrics,
  palette: Palette,
): void {
  const own = rows[mark.worker ?? -1];
  const bottom = own === undefined ? height : top + own.until * lane;
  context.fillStyle = palette(`--${tones[mark.kind] ?? "muted"}`);
  const left = Math.round(x) - 0.75;
  const label = labelsTop_px + row * labelRow_px + label_px;
  context.fillRect(left, label, 1.5, top - dash_px - label);
  for (let y = top - dash_px; y < bottom; y += dash_px + 2) context.fillRect(left, y, 1.5, Math.min(dash_px, bottom - y));
}

function paintLabel(context: CanvasRenderingContext2D, { mark, left, width, row }: PlacedLabel, palette: Palette): void {
  const y = labelsTop_px + row * labelRow_px;
  const tone = tones[mark.kind];
  context.fillStyle = palette(tone === undefined ? "--sunken" : `--${tone}-soft`);
  context.beginPath();
  context.roundRect(left, y, width, label_px, 4);
  context.fill();
  context.fillStyle = palette(`--${tone ?? "muted"}`);
  context.textAlign = "left";
  context.font = fontOf(palette);
  context.fillText(labelOf(mark), left + padding_px, y + label_px / 2 + 0.5);
}
