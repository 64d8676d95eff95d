import type { Layout } from "../../../../../../packages/core/report-page/timeline-layout.ts";
import { type Metrics, type View, metricsFor, xOf } from "../../../../../../packages/core/report-page/timeline-paint.ts";
import type { Mark } from "../run-model.ts";

/** Height of a row of labels, and of the row of small marks under them. */
export const labelRow_px = 20;
const smallRow_px = 14;
/** Labels are at most so many rows: marks for which there is no room have a sign alone. */
const rowsLimit = 3;
/** Signs closer than this are drawn as one, and none stands so close to a label's line. */
const apart_px = 9;
/** Between two labels of a row. */
const gap_px = 6;
/** Where a label's words stand in it. */
export const padding_px = 7;

/** A mark with its words, on the line that it stands at. */
export interface PlacedLabel {
  readonly mark: Mark;
  /** Of its moment. */
  readonly x: number;
  readonly left: number;
  readonly width: number;
  readonly row: number;
}

export interface PlacedMarks {
  readonly labels: readonly PlacedLabel[];
  /** Signs without words. */
  readonly signs: readonly { readonly mark: Mark; readonly x: number }[];
}

/** How wide the words of a mark are, in pixels; undefined for one without. */
export type Measure = (mark: Mark) => number | undefined;

export function placeMarks(
  marks: readonly Mark[],
  view: View,
  metrics: Pick<Metrics, "left" | "width">,
  measure: Measure,
): PlacedMarks {
  const labels: PlacedLabel[] = [];
  const signs: { mark: Mark; x: number }[] = [];
  const ends: number[] = [];
  for (const mark of marks) {
    if (mark.at_ms < view.from_ms || mark.at_ms > view.to_ms) continue;
    const x = xOf(mark.at_ms, view, metrics);
    const placed = placeLabel(mark, x);
    if (placed !== undefined) labels.push(placed);
    else if (x - (signs.at(-1)?.x ?? -Infinity) >= apart_px) signs.push({ mark, x });
  }
  return { labels, signs: signs.filter((sign) => labels.every((label) => Math.abs(label.x - sign.x) >= apart_px)) };

  function placeLabel(mark: Mark, x: number): PlacedLabel | undefined {
    const words_px = measure(mark);
    if (words_px === undefined) return undefined;
    const width = words_px + 2 * padding_px;
    const left = Math.max(0, Math.min(x - padding_px, metrics.width - width));
    let row = 0;
    while (row < ends.length && (ends[row] ?? 0) + gap_px > left) row += 1;
    if (row >= rowsLimit) return undefined;
    ends[row] = left + width;
    return { mark, x, left, width, row };
  }
}

/**
 * How large the picture is, with room for marks between the axis and the bars. It is that of the whole run: zooming moves no row.
 */
export function metricsWithMarks(layout: Layout, marks: readonly Mark[], width: number, measure: Measure): Metrics {
  const metrics = metricsFor(layout, width);
  const { labels, signs } = placeMarks(marks, { from_ms: 0, to_ms: layout.end_ms }, metrics, measure);
  const rows = labels.reduce((most, { row }) => Math.max(most, row + 1), 0);
  const room_px = rows * labelRow_px + (signs.length > 0 ? smallRow_px : 0);
  return { ...metrics, top: metrics.top + room_px, height: metrics.height + room_px };
}
