import type { Metrics, Palette, View } from "../../../../../../packages/core/report-page/timeline-paint.ts";
import type { Mark } from "../run-model.ts";

/** How a mark looks, so that it is told apart without its colour. */
export const markGlyphs: Readonly<Record<Mark["kind"], string>> = {
  coordinator: "⚑",
  worker: "✕",
  breaker: "⛒",
  decided: "↻",
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

/** Marks that are drawn across all rows: the others are many, and stand above alone. */
const across: ReadonlySet<Mark["kind"]> = new Set(["coordinator", "worker", "breaker"]);
/** Marks closer than this are drawn as one. */
const apart_px = 9;

/** Draws what happened to the machinery, above the bars. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  view: View,
  metrics: Metrics,
  palette: Palette,
): void {
  context.save();
  context.font = `bold 11px ${palette("--sans")}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  let last_x = -Infinity;
  for (const { at_ms, kind } of marks) {
    if (at_ms < view.from_ms || at_ms > view.to_ms) continue;
    const x = xAt(at_ms, view, metrics);
    const isAcross = across.has(kind);
    const colour = palette(
      kind === "coordinator" ? "--flaky" : kind === "decided" || kind === "excused" ? "--muted" : "--failed",
    );
    if (isAcross) {
      context.strokeStyle = colour;
      context.setLineDash([4, 3]);
      context.beginPath();
      context.moveTo(Math.round(x) + 0.5, metrics.top - 6);
      context.lineTo(Math.round(x) + 0.5, metrics.height);
      context.stroke();
      context.setLineDash([]);
    }
    if (!isAcross && x - last_x < apart_px) continue;
    last_x = x;
    context.fillStyle = colour;
    context.fillText(markGlyphs[kind], x, metrics.top - 7);
  }
  context.restore();
}

function xAt(at_ms: number, view: View, { left, width }: Metrics): number {
  return left + ((at_ms - view.from_ms) / (view.to_ms - view.from_ms)) * (width - left - 8);
}
