import { formatDuration } from "../src/reports/format.ts";
import { againGlyphs, ticks, type Bar, type Layout } from "./timeline-layout.ts";

export interface View {
  from_ms: number;
  to_ms: number;
}

export interface Metrics {
  readonly width: number;
  /** Room for the workers' names. */
  readonly left: number;
  /** Room for the axis. */
  readonly top: number;
  readonly lane: number;
  readonly height: number;
}

export type Palette = (name: string) => string;

export function metricsFor(layout: Layout, width: number): Metrics {
  const lanes = layout.lanes.length;
  const lane = lanes > 240 ? 8 : lanes > 80 ? 14 : 24;
  const top = 26;
  return { width, left: width < 560 ? 84 : 128, top, lane, height: top + lanes * lane + 6 };
}

/** Where a moment is, in pixels from the left. */
export function xOf(at_ms: number, view: View, metrics: Pick<Metrics, "left" | "width">): number {
  return metrics.left + ((at_ms - view.from_ms) / (view.to_ms - view.from_ms)) * (metrics.width - metrics.left - 8);
}

export function timeAt(x: number, view: View, metrics: Metrics): number {
  return view.from_ms + ((x - metrics.left) / (metrics.width - metrics.left - 8)) * (view.to_ms - view.from_ms);
}

/** What is seen of the picture, in pixels from its top. */
export interface Seen {
  readonly top: number;
  readonly bottom: number;
}

/** Draws the whole picture, or of its rows those that are seen. */
export function paint(
  context: CanvasRenderingContext2D,
  layout: Layout,
  view: View,
  metrics: Metrics,
  palette: Palette,
  seen: Seen = { top: 0, bottom: metrics.height },
): void {
  const first = Math.max(0, Math.floor((seen.top - metrics.top) / metrics.lane));
  const until = Math.ceil((seen.bottom - metrics.top) / metrics.lane);
  context.clearRect(0, seen.top, metrics.width, seen.bottom - seen.top);
  paintLanes(context, layout, metrics, palette, first, until);
  paintAxis(context, view, metrics, palette);
  context.save();
  context.beginPath();
  context.rect(metrics.left, metrics.top, metrics.width - metrics.left, metrics.height);
  context.clip();
  const isCrowded = layout.bars.length > crowdedFrom;
  for (const { bars } of layout.lanes.slice(first, Math.max(0, until)))
    paintBars(context, bars, view, metrics, palette, isCrowded);
  context.restore();
}

/** Bars of which there are more have square corners: round ones are most of the time that a picture takes. */
const crowdedFrom = 1000;
/** Bars narrower than this, in pixels, are drawn as one where they touch and look alike. */
const thin_px = 3;

/** One row's, of which only those are looked at that the view shows: they are in order, and one ends before the next begins. */
function paintBars(
  context: CanvasRenderingContext2D,
  bars: readonly Bar[],
  view: View,
  metrics: Metrics,
  palette: Palette,
  isCrowded: boolean,
): void {
  for (let place = firstShown(bars, view.from_ms); place < bars.length;) {
    const bar = bars[place];
    if (bar === undefined || bar.from_ms > view.to_ms) return;
    const box = boxOf(bar, view, metrics);
    if (box.width >= thin_px || withoutResult.has(bar.status)) {
      paintBar(context, bar, box, palette, isCrowded);
      place += 1;
      continue;
    }
    let right = box.x + box.width;
    for (place += 1; place < bars.length; place += 1) {
      const next = bars[place];
      if (next === undefined || next.status !== bar.status) break;
      const other = boxOf(next, view, metrics);
      if (other.width >= thin_px || other.x > right + 1) break;
      right = other.x + other.width;
    }
    context.fillStyle = palette(`--bar-${bar.status}`);
    context.fillRect(box.x, box.y, right - box.x, box.height);
  }
}

/** Place of the first bar that ends at a moment or later. */
function firstShown(bars: readonly Bar[], from_ms: number): number {
  let low = 0;
  let high = bars.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bars[middle]?.to_ms ?? Infinity) < from_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function paintLanes(
  context: CanvasRenderingContext2D,
  layout: Layout,
  metrics: Metrics,
  palette: Palette,
  first: number,
  until: number,
): void {
  context.font = `12px ${palette("--sans")}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  let worker = -1;
  for (const [index, lane] of layout.lanes.entries()) {
    const y = metrics.top + index * metrics.lane;
    if (lane.named) worker += 1;
    if (index < first || index >= until) continue;
    context.fillStyle = palette(worker % 2 === 0 ? "--stripe" : "--surface");
    context.fillRect(0, y, metrics.width, metrics.lane);
    if (!lane.named || metrics.lane < 10) continue;
    context.fillStyle = palette(lane.lost ? "--failed" : "--text");
    const name = lane.lost ? `✕ ${lane.worker}` : lane.worker;
    context.fillText(fitted(context, name, metrics.left - 16), 8, y + metrics.lane / 2 + 0.5);
  }
}

function paintAxis(context: CanvasRenderingContext2D, view: View, metrics: Metrics, palette: Palette): void {
  context.font = `11px ${palette("--sans")}`;
  context.textAlign = "center";
  for (const mark of ticks(view.from_ms, view.to_ms, metrics.width - metrics.left)) {
    const x = Math.round(xOf(mark, view, metrics)) + 0.5;
    context.strokeStyle = palette("--line");
    context.beginPath();
    context.moveTo(x, metrics.top - 5);
    context.lineTo(x, metrics.height - 6);
    context.stroke();
    context.fillStyle = palette("--muted");
    const text =
      mark === 0
        ? "0"
        : formatDuration(mark)
            .replace(/(\.\d*?)0+ /, "$1 ")
            .replace(/\. /, " ");
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(Math.max(x, metrics.left + half - 4), metrics.width - half - 2), 11);
  }
}

const withoutResult = new Set(["lost", "released", "cancelled", "superseded"]);

function paintBar(context: CanvasRenderingContext2D, bar: Bar, box: Box, palette: Palette, isCrowded: boolean): void {
  const lost = withoutResult.has(bar.status);
  const colour = palette(`--bar-${bar.status}`);
  context.fillStyle = colour;
  context.globalAlpha = lost ? 0.22 : 1;
  if (isCrowded) context.fillRect(box.x, box.y, box.width, box.height);
  else {
    rounded(context, box);
    context.fill();
  }
  context.globalAlpha = 1;
  if (lost) {
    context.strokeStyle = colour;
    context.setLineDash([3, 2]);
    rounded(context, { ...box, x: box.x + 0.5, y: box.y + 0.5, width: Math.max(1, box.width - 1), height: box.height - 1 });
    context.stroke();
    context.setLineDash([]);
  }
  if (box.height < 10 || box.width <= 12 || (bar.status !== "lost" && bar.again === undefined)) return;
  context.fillStyle = lost ? colour : palette("--on-bar");
  context.textAlign = "center";
  context.font = `bold 11px ${palette("--sans")}`;
  const y = box.y + box.height / 2 + 0.5;
  if (bar.status === "lost") context.fillText("✕", box.x + box.width - 8, y);
  if (bar.again !== undefined) context.fillText(againGlyphs[bar.again], box.x + 8, y);
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function boxOf(bar: Bar, view: View, metrics: Metrics): Box {
  const gap = metrics.lane > 10 ? 3 : 1;
  const x = xOf(bar.from_ms, view, metrics);
  const width = Math.max(1.5, xOf(bar.to_ms, view, metrics) - x - 1);
  return { x, y: metrics.top + bar.lane * metrics.lane + gap, width, height: metrics.lane - 2 * gap };
}

function rounded(context: CanvasRenderingContext2D, box: Box): void {
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, Math.min(4, box.width / 2, box.height / 2));
}

/** The palette as the page's style has it now, each colour looked up once. */
export function currentPalette(): Palette {
  const styles = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return (name) => {
    const value = known.get(name) ?? styles.getPropertyValue(name).trim();
    known.set(name, value);
    return value;
  };
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let kept = text;
  while (kept.length > 1 && context.measureText(`${kept}…`).width > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
