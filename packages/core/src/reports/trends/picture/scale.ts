import { quantileOfSorted } from "../../../trends/order-statistics.ts";
import type { PictureSeries } from "./picture-series.ts";

/** The part of a series that is shown, in indices of its points; the outlook follows the last. */
export interface PictureView {
  readonly from: number;
  /** Not included. May be beyond the last point, by the length of the outlook. */
  readonly until: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Where values and points lie in a picture, in pixels. */
export interface PictureScale {
  readonly size: PictureSize;
  readonly view: PictureView;
  readonly low: number;
  readonly high: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (index: number) => number;
  readonly y: (value: number) => number;
  /** The index at a place, which may be between two points. */
  readonly indexAt: (x: number) => number;
}

export function wholeView({ points, outlook }: PictureSeries): PictureView {
  return { from: 0, until: Math.max(1, points.length + outlook.length) };
}

/** Spikes beyond this many times the distance of the outer quantiles are drawn at the edge: they would press all else flat. */
const reach = 0.8;
const samplesLimit = 4000;

export function scaleFor(series: PictureSeries, view: PictureView, size: PictureSize): PictureScale {
  const { low, high } = rangeOf(series, view);
  const left = size.width < 480 ? 60 : 68;
  const [right, top, bottom] = [size.width - 10, 12, size.height - 24];
  const span = Math.max(1, view.until - view.from);
  const step = (right - left) / span;
  return {
    size,
    view,
    low,
    high,
    left,
    right,
    top,
    bottom,
    x: (index) => left + (index - view.from + 0.5) * step,
    y: (value) => bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (bottom - top),
    indexAt: (x) => view.from + (x - left) / step - 0.5,
  };
}

/** From which value to which: all that is seen, but for single spikes. */
function rangeOf(series: PictureSeries, { from, until }: PictureView): { readonly low: number; readonly high: number } {
  const [first, end] = [Math.max(0, Math.floor(from)), Math.min(series.points.length, Math.ceil(until))];
  const stride = Math.max(1, Math.floor((end - first) / samplesLimit));
  const values: number[] = [];
  for (let index = first; index < end; index += stride) {
    const value = series.points[index]?.value ?? Number.NaN;
    if (Number.isFinite(value)) values.push(value);
  }
  values.sort((one, other) => one - other);
  const [near, far] = [quantileOfSorted(values, 0.02), quantileOfSorted(values, 0.98)];
  const margin = reach * (far - near);
  const inside = values.filter((value) => value >= near - margin && value <= far + margin);
  const levels = series.segments
    .filter((segment) => segment.until > first && segment.from < end)
    .flatMap(({ low, high, median }) => [low, high, median]);
  const coming = until > series.points.length ? series.outlook.flatMap(({ low, high }) => [low, high]) : [];
  let [low, high] = [Infinity, -Infinity];
  for (const value of [...inside, ...levels, ...coming]) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { low: 0, high: 1 };
  if (low === high)
    return { low: low - Math.max(1e-9, Math.abs(low) * 0.05), high: high + Math.max(1e-9, Math.abs(high) * 0.05) };
  const room = 0.06 * (high - low);
  // Times and sizes do not go below nothing.
  return { low: low >= 0 ? Math.max(0, low - room) : low - room, high: high + room };
}

/** Round values between two, about as many as are asked for. */
export function roundValues(low: number, high: number, count: number): number[] {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const values: number[] = [];
  for (let at = Math.ceil(low / step); at * step <= high && values.length < 20; at += 1) values.push(at * step);
  return values;
}
